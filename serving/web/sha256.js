/** SHA-256 (FIPS 180-4): browsers keep their own from pages that came over plain HTTP, as on a newsroom's network. */

const PRIMES = primes(64);
const FRACTION = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
const ROUND = PRIMES.map((prime) => FRACTION(Math.cbrt(prime)));
const START = PRIMES.slice(0, 8).map((prime) => FRACTION(Math.sqrt(prime)));

/** The digest of a text's UTF-8, as 32 bytes. */
export function sha256(text) {
  const bytes = padded(new TextEncoder().encode(text));
  const state = Int32Array.from(START);
  const words = new Int32Array(64);
  for (let block = 0; block < bytes.byteLength; block += 64) compress(state, words, bytes, block);
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, index) => digest.setInt32(4 * index, word));
  return new Uint8Array(digest.buffer);
}

/** The digest in hexadecimal. */
export const sha256Hex = (text) => [...sha256(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** The digest in base 64, as content security policies write it. */
export const sha256Base64 = (text) => btoa(String.fromCharCode(...sha256(text)));

function padded(message) {
  const bytes = new Uint8Array(((message.length + 8) >> 6) * 64 + 64);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 8, Math.floor((8 * message.length) / 2 ** 32));
  view.setUint32(bytes.length - 4, 8 * message.length);
  return view;
}

function compress(state, words, bytes, block) {
  for (let i = 0; i < 16; i++) words[i] = bytes.getInt32(block + 4 * i);
  for (let i = 16; i < 64; i++) {
    const [early, late] = [words[i - 15], words[i - 2]];
    const small = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
    words[i] = (words[i - 16] + small + words[i - 7] + (turn(late, 17) ^ turn(late, 19) ^ (late >>> 10))) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const first = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUND[i] + words[i]) | 0;
    const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [a, b, c, d, e, f, g, h] = [(first + second) | 0, a, b, c, (d + first) | 0, e, f, g];
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => (state[index] += word));
}

const turn = (word, by) => (word >>> by) | (word << (32 - by));

function primes(count) {
  const found = [];
  for (let number = 2; found.length < count; number++) {
    if (found.every((prime) => number % prime)) found.push(number);
  }
  return found;
}
