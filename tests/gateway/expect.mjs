// What the cases of the clients compare with: errors that say what was expected. For Node and browsers.

export function equal(got, wanted, what) {
  const text = (value) => (value instanceof Uint8Array ? `${value.length} bytes, ${value.slice(0, 8)}...` : JSON.stringify(value));
  const same = got instanceof Uint8Array && wanted instanceof Uint8Array
    ? got.length === wanted.length && got.every((byte, i) => byte === wanted[i])
    : JSON.stringify(got) === JSON.stringify(wanted);
  if (!same) throw new Error(`${what}: ${text(got)} instead of ${text(wanted)}`);
}

export function ok(holds, what) {
  if (!holds) throw new Error(what);
}

export async function failure(promise, what) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`${what}: no error but ${JSON.stringify(value)?.slice(0, 100)}`);
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Until `look` gives something true.
export async function eventually(look, what, withinMs = 5000) {
  for (const until = Date.now() + withinMs; Date.now() < until; await sleep(50)) {
    const value = await look();
    if (value) return value;
  }
  throw new Error(`not within ${withinMs} ms: ${what}`);
}

export function bytes(length) {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 255);
}
