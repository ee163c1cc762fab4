// Keeps prettier warm: `node prettier-server.mjs <folder of the package>` formats what comes on stdin, one text after the other, until stdin ends.
//
//   request  | options bytes: u32 | text bytes: u32 | options: JSON | text: UTF-8 |
//   answer   | kind: u8, 0 the text, 1 an error's message | bytes: u32 | UTF-8 |        (numbers big-endian)
import { createRequire } from 'node:module';

// stdout is for answers only.
console.log = console.info = console.debug = console.error;

const [folder] = process.argv.slice(2);

async function format(options, text) {
  let prettier;
  try {
    prettier = createRequire(import.meta.url)(folder);
  } catch {
    throw new Error("Could not load 'prettier'");
  }
  return await prettier.format(text, JSON.parse(options));
}

function answer(kind, text) {
  const body = Buffer.from(text);
  const head = Buffer.alloc(5);
  head.writeUInt8(kind, 0);
  head.writeUInt32BE(body.length, 1);
  process.stdout.write(head);
  process.stdout.write(body);
}

/** Bytes of stdin in the portions that are asked for. */
class Input {
  #chunks = process.stdin[Symbol.asyncIterator]();
  #rest = Buffer.alloc(0);

  /** So many bytes, or null at the end. */
  async read(count) {
    const parts = [this.#rest];
    let length = this.#rest.length;
    while (length < count) {
      const { value, done } = await this.#chunks.next();
      if (done) {
        return null;
      }
      parts.push(value);
      length += value.length;
    }
    const all = parts.length === 1 ? parts[0] : Buffer.concat(parts, length);
    this.#rest = all.subarray(count);
    return all.subarray(0, count);
  }
}

const input = new Input();
for (let head; (head = await input.read(8)) !== null;) {
  const optionsBytes = head.readUInt32BE(0);
  const body = await input.read(optionsBytes + head.readUInt32BE(4));
  if (body === null) {
    break;
  }
  try {
    answer(0, await format(body.toString('utf8', 0, optionsBytes), body.toString('utf8', optionsBytes)));
  } catch (error) {
    answer(1, String(error?.message ?? error));
  }
}
