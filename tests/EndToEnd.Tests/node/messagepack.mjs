// MessagePack as conat's clients write it (spec 05 §4), written from the specification.
export const encode = (value) => {
  const parts = [];
  const head = (...bytes) => parts.push(Buffer.from(bytes));
  const sized = (length, forms) => {
    const [, write] = forms.find(([max]) => length <= max);
    write(length);
  };
  const u16 = (type) => (n) => head(type, n >> 8, n & 255);
  const u32 = (type) => (n) => { const b = Buffer.alloc(5); b[0] = type; b.writeUInt32BE(n, 1); parts.push(b); };
  const f64 = (n) => { const b = Buffer.alloc(9); b[0] = 0xcb; b.writeDoubleBE(n, 1); parts.push(b); };
  const integer = (n) => {
    if (n >= 0) {
      if (n < 0x80) head(n);
      else if (n < 0x100) head(0xcc, n);
      else if (n < 0x10000) u16(0xcd)(n);
      else if (n < 0x100000000) u32(0xce)(n);
      else { const b = Buffer.alloc(9); b[0] = 0xcf; b.writeBigUInt64BE(BigInt(n), 1); parts.push(b); }
    } else { const b = Buffer.alloc(9); b[0] = 0xd3; b.writeBigInt64BE(BigInt(n), 1); parts.push(b); }
  };
  const write = (v) => {
    if (v === null || v === undefined) head(0xc0);
    else if (typeof v === 'boolean') head(v ? 0xc3 : 0xc2);
    else if (typeof v === 'number') Number.isSafeInteger(v) ? integer(v) : f64(v);
    else if (typeof v === 'string') {
      const bytes = Buffer.from(v);
      sized(bytes.length, [[31, (n) => head(0xa0 | n)], [0xff, (n) => head(0xd9, n)], [0xffff, u16(0xda)], [Infinity, u32(0xdb)]]);
      parts.push(bytes);
    } else if (v instanceof Uint8Array) {
      sized(v.length, [[0xff, (n) => head(0xc4, n)], [0xffff, u16(0xc5)], [Infinity, u32(0xc6)]]);
      parts.push(v);
    } else if (Array.isArray(v)) {
      sized(v.length, [[15, (n) => head(0x90 | n)], [0xffff, u16(0xdc)], [Infinity, u32(0xdd)]]);
      v.forEach(write);
    } else {
      const members = Object.entries(v).filter(([, member]) => member !== undefined);
      sized(members.length, [[15, (n) => head(0x80 | n)], [0xffff, u16(0xde)], [Infinity, u32(0xdf)]]);
      members.forEach(([name, member]) => { write(name); write(member); });
    }
  };
  write(value);
  return Buffer.concat(parts);
};

export const decode = (bytes) => {
  const b = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const take = (n) => { at += n; if (at > b.length) throw new Error('truncated'); return at - n; };
  const text = (n) => { const from = take(n); return b.toString('utf8', from, from + n); };
  const binary = (n) => { const from = take(n); return b.subarray(from, from + n); };
  const list = (n) => Array.from({ length: n }, read);
  const map = (n) => Object.fromEntries(Array.from({ length: n }, () => [String(read()), read()]));
  const date = (n) => {
    if (b.readInt8(take(1)) !== -1) return { ext: binary(n) };
    if (n === 4) return new Date(1000 * b.readUInt32BE(take(4)));
    if (n === 8) { const x = b.readBigUInt64BE(take(8)); return new Date(Number(x & 0x3ffffffffn) * 1000 + Number(x >> 34n) / 1e6); }
    const ns = b.readUInt32BE(take(4));
    return new Date(Number(b.readBigInt64BE(take(8))) * 1000 + ns / 1e6);
  };
  function read() {
    const t = b[take(1)];
    if (t < 0x80) return t;
    if (t < 0x90) return map(t & 15);
    if (t < 0xa0) return list(t & 15);
    if (t < 0xc0) return text(t & 31);
    if (t >= 0xe0) return t - 256;
    switch (t) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xc4: return binary(b[take(1)]);
      case 0xc5: return binary(b.readUInt16BE(take(2)));
      case 0xc6: return binary(b.readUInt32BE(take(4)));
      case 0xc7: return date(b[take(1)]);
      case 0xca: return b.readFloatBE(take(4));
      case 0xcb: return b.readDoubleBE(take(8));
      case 0xcc: return b[take(1)];
      case 0xcd: return b.readUInt16BE(take(2));
      case 0xce: return b.readUInt32BE(take(4));
      case 0xcf: return Number(b.readBigUInt64BE(take(8)));
      case 0xd0: return b.readInt8(take(1));
      case 0xd1: return b.readInt16BE(take(2));
      case 0xd2: return b.readInt32BE(take(4));
      case 0xd3: return Number(b.readBigInt64BE(take(8)));
      case 0xd6: return date(4);
      case 0xd7: return date(8);
      case 0xd9: return text(b[take(1)]);
      case 0xda: return text(b.readUInt16BE(take(2)));
      case 0xdb: return text(b.readUInt32BE(take(4)));
      case 0xdc: return list(b.readUInt16BE(take(2)));
      case 0xdd: return list(b.readUInt32BE(take(4)));
      case 0xde: return map(b.readUInt16BE(take(2)));
      case 0xdf: return map(b.readUInt32BE(take(4)));
      default: throw new Error(`unknown type ${t}`);
    }
  }
  const value = read();
  if (at !== b.length) throw new Error('trailing bytes');
  return value;
};
