/** What clients need to find a server and to be let in. */
export interface Access {
  api: string;
  storage: string;
  email: string;
  token: string;
}

/** For the `stoke` command, `stokehold.client` and the `qarnot` SDK alike. */
export const environment = ({ api, storage, email, token }: Access) =>
  [
    `export QARNOT_CLUSTER_URL=${quoted(api)}`,
    `export QARNOT_CLIENT_TOKEN=${quoted(token)}`,
    `export QARNOT_STORAGE_URL=${quoted(storage)}`,
    `export QARNOT_ACCOUNT_EMAIL=${quoted(email)}`,
  ].join("\n");

/** For `aws`, boto3 and whatever else reads the variables of AWS. */
export const awsEnvironment = ({ storage, email, token }: Access) =>
  [
    `export AWS_ACCESS_KEY_ID=${quoted(email)}`,
    `export AWS_SECRET_ACCESS_KEY=${quoted(token)}`,
    `export AWS_ENDPOINT_URL_S3=${quoted(storage)}`,
    "export AWS_DEFAULT_REGION=default",
  ].join("\n");

export const stokeConfig = ({ api, token }: Access) =>
  `stoke config set ${quoted(`url=${api}`)} ${quoted(`token=${token}`)}`;

export const qarnotPython = ({ api, storage, token }: Access) =>
  `import qarnot

connection = qarnot.Connection(
    cluster_url=${JSON.stringify(api)},
    client_token=${JSON.stringify(token)},
    storage_url=${JSON.stringify(storage)},
)
print(connection.user_info.email)`;

export const boto3Python = ({ storage, email, token }: Access) =>
  `import boto3
from botocore.config import Config

s3 = boto3.client(
    "s3",
    endpoint_url=${JSON.stringify(storage)},
    aws_access_key_id=${JSON.stringify(email)},
    aws_secret_access_key=${JSON.stringify(token)},
    region_name="default",
    config=Config(s3={"addressing_style": "path"}),
)
print([bucket["Name"] for bucket in s3.list_buckets()["Buckets"]])`;

/** A first task by the command line. */
export const firstCommand = ({ api, token }: Access) =>
  `export QARNOT_CLUSTER_URL=${quoted(api)}
export QARNOT_CLIENT_TOKEN=${quoted(token)}
stoke run --instances 4 -- echo 'hello from \${INSTANCE_ID}'`;

/** A first task in Python. */
export const firstPython = ({ api, token }: Access) =>
  `from stokehold.client import Client

with Client(${JSON.stringify(api)}, ${JSON.stringify(token)}) as client:
    command = "echo hello from \${INSTANCE_ID}"
    task = client.run(command, instances=4)
    print(task.stdout())`;

const quoted = (text: string) =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
