import type { Submission } from "@/api/types";
import { COMMAND, PROFILE, SECRET } from "@/submission/draft";

export interface Mount {
  bucket: string;
  prefix: string;
  plain: boolean; // the paths are without the prefix, and nothing else is said
}

/** A submission in the words that SDK and command line have for it; `more` is what they have no word for. */
export interface Pieces {
  command: string | undefined;
  name: string;
  profile: string; // empty for the usual one
  instances: number | string;
  image: string;
  inputs: Mount[];
  results: string; // a bucket, with a prefix
  constants: Record<string, string>;
  secrets: string[];
  tags: string[];
  labels: Record<string, string>;
  retries: number;
  shortname: string;
  job: string;
  after: string[];
  more: Partial<Submission>;
}

export function pieces(sent: Submission): Pieces {
  const {
    name = "",
    profile,
    instanceCount,
    advancedRanges,
    constants = [],
    advancedResourceBuckets = [],
    resultBucket,
    resultsBucketPrefix,
    tags = [],
    labels = {},
    retrySettings,
    shortname,
    jobUuid,
    dependencies,
    ...more
  } = sent;
  const inputs = advancedResourceBuckets.map(mount);
  const usual = inputs.every((one) => one.plain);
  const total = retrySettings?.maxTotalRetries;
  const after = dependencies?.dependsOn ?? [];
  const results = resultBucket && resultPlace(resultBucket, resultsBucketPrefix);
  return {
    ...told(constants),
    name,
    profile: profile === PROFILE ? "" : (profile ?? ""),
    instances: advancedRanges ?? instanceCount ?? 1,
    inputs: usual ? inputs : [],
    results: results ?? "",
    tags,
    labels: labels as Record<string, string>,
    retries: total ? 0 : (retrySettings?.maxPerInstanceRetries ?? 0),
    shortname: shortname ?? "",
    job: jobUuid ?? "",
    after,
    more: {
      ...more,
      ...(!usual && { advancedResourceBuckets }),
      ...(!results && resultsBucketPrefix && { resultsBucketPrefix }),
      ...(total && { retrySettings }),
      ...(dependencies && !after.length && { dependencies }),
    },
  };
}

const resultPlace = (bucket: string, prefix: string | null | undefined) =>
  prefix ? `${bucket}/${prefix}` : bucket;

/** The constants by what they are for. */
function told(constants: NonNullable<Submission["constants"]>) {
  const { [COMMAND]: command, ...rest } = Object.fromEntries(constants.map(({ key, value }) => [key, value]));
  const { DOCKER_REPO: repo, DOCKER_TAG: tag, ...others } = rest;
  const image = repo && tag ? `${repo}:${tag}` : "";
  const plain = Object.entries(image ? others : rest).filter(([key]) => !key.startsWith(SECRET));
  return {
    command: command as string | undefined,
    image,
    constants: Object.fromEntries(plain) as Record<string, string>,
    secrets: constants.map(({ key }) => key).filter((key) => key.startsWith(SECRET)),
  };
}

function mount(told: NonNullable<Submission["advancedResourceBuckets"]>[number]): Mount {
  const prefix = told.filtering?.prefixFiltering?.prefix ?? "";
  const stripped = told.resourcesTransformation?.stripPrefix?.prefix ?? "";
  return { bucket: told.bucketName, prefix, plain: prefix === stripped && !told.cacheTTLSec };
}

export const path = ({ bucket, prefix }: Mount) => (prefix ? `${bucket}/${prefix}` : bucket);

/** The variable of the environment that a secret is taken from, so that no value stands in code. */
export const variable = (key: string) =>
  key
    .slice(SECRET.length)
    .replace(/^_/, "")
    .replace(/[^A-Za-z0-9_]/g, "_");
