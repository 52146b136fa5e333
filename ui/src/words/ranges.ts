/** Pairs of first and last id, in order and apart, from a text such as `0-3,7,9-12`. */
export type Ranges = [number, number][];

export function parse(text: string | undefined): Ranges {
  if (!text) return [];
  return text.split(",").map((part) => {
    const [first = "", last = first] = part.trim().split("-", 2);
    return [Number(first), Number(last)];
  });
}

export const size = (ranges: Ranges) => ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);

/** Whether an id is in: a binary search, for ranges may be many. */
export function has(ranges: Ranges, id: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = ranges[middle] as [number, number];
    if (id < first) high = middle - 1;
    else if (id > last) low = middle + 1;
    else return true;
  }
  return false;
}
