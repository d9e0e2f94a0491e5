/** Questions to the server: the key, waiting when it is busy, and what went wrong as a sentence. */

const KEY = "stance-key";
const PATIENCE = 20; // times that a busy server is asked again

/** Something that the reader can understand and mend. */
export class Problem extends Error {}

const SENTENCES = {
  413: "That is too much text for one request. Cut it into smaller pieces.",
  500: "The server met an error of its own.",
  502: "The server is not reachable through its gateway. Try again in a moment.",
  503: "The server is not ready yet. Try again in a moment.",
  504: "The server did not finish in time. Ask with fewer claims or a shorter text.",
};

/** Ask; the JSON answer. `wait` is told how many seconds a busy server asks us to wait. Throws Problem. */
export async function ask(method, path, body, { signal, wait = () => {} } = {}) {
  for (let turn = 0; ; turn++) {
    const answer = await send(method, path, body, signal);
    if (answer.ok) return answer.json();
    const why = await sentence(answer);
    if (answer.status === 401 && (await renewKey(why))) continue;
    if ((answer.status === 429 || answer.status === 503) && turn < PATIENCE) {
      const seconds = Number(answer.headers.get("Retry-After")) || 2;
      wait(seconds);
      await pause(seconds, signal);
      continue;
    }
    throw new Problem(why);
  }
}

async function send(method, path, body, signal) {
  const key = sessionStorage.getItem(KEY);
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(path, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("The server does not answer. See that “stance serve” is running, then try again: your text is still here.");
  }
}

/** The server's own sentence, field by field where it names fields; else ours for the status. */
async function sentence(answer) {
  const told = await answer.json().catch(() => null);
  const { message, details, request_id: id } = told?.error ?? {};
  if (details?.length) return upper(details.map(({ field, message: what }) => plainField(field, what)).join(" "));
  const said = SENTENCES[answer.status] ?? (message ? `${upper(message)}.` : `The server answered ${answer.status}.`);
  return id && answer.status >= 500 ? `${said} Its log has this under ${id}.` : said;
}

function plainField(field, message) {
  const claim = /^claims\[(\d+)\]$/.exec(field);
  const name = claim ? `claim ${Number(claim[1]) + 1}` : `the ${field.replaceAll(/[._]/g, " ")}`;
  return message.startsWith(field) || message.includes("expected") ? `${message}.` : `${name} ${message}.`;
}

const upper = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 1000 * seconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

let asking = null; // one dialog, however many questions wait for it

function renewKey(why) {
  asking ??= askKey(why).finally(() => (asking = null));
  return asking;
}

/** Ask the reader for the server's key; false where none was given. Kept until the tab closes. */
function askKey(why) {
  const dialog = document.getElementById("key");
  const field = dialog.querySelector("input");
  dialog.querySelector("#key-why").textContent = sessionStorage.getItem(KEY) ? why : "This server asks for a key.";
  field.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    const done = () => {
      if (dialog.returnValue !== "given" || !field.value.trim()) return resolve(false);
      sessionStorage.setItem(KEY, field.value.trim());
      resolve(true);
    };
    dialog.addEventListener("close", done, { once: true });
  });
}
