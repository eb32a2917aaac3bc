export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Enough for the headers of PNG, GIF and WebP; a multiple of four, as digits of base64 come in fours. */
const HEADER_DIGITS = 64;
/** A JPEG may have previews and colour profiles before its size. */
const JPEG_DIGITS = 131_072;
const PNG = "\x89PNG\r\n\x1a\n";

/** The size an image in base64 says it has; null where its first bytes do not tell. */
export function imageSize(base64: string): ImageSize | null {
  const header = Buffer.from(base64.slice(0, HEADER_DIGITS), "base64");
  const size = header[0] === 0xff ? jpegSize(Buffer.from(base64.slice(0, JPEG_DIGITS), "base64")) : plainSize(header);
  return size !== null && size.width > 0 && size.height > 0 ? size : null;
}

function plainSize(header: Buffer): ImageSize | null {
  const text = header.toString("latin1");
  if (header.length < 30) return null;
  if (text.startsWith(PNG)) return { width: header.readUInt32BE(16), height: header.readUInt32BE(20) };
  if (text.startsWith("GIF8")) return { width: header.readUInt16LE(6), height: header.readUInt16LE(8) };
  return text.startsWith("RIFF") && text.startsWith("WEBP", 8) ? webpSize(header, text.slice(12, 16)) : null;
}

function webpSize(header: Buffer, chunk: string): ImageSize | null {
  switch (chunk) {
    case "VP8 ":
      return { width: header.readUInt16LE(26) & 0x3fff, height: header.readUInt16LE(28) & 0x3fff };
    case "VP8L": {
      const bits = header.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case "VP8X":
      return { width: header.readUIntLE(24, 3) + 1, height: header.readUIntLE(27, 3) + 1 };
    default:
      return null;
  }
}

/** Walks over the segments up to the one that begins a frame. */
function jpegSize(bytes: Buffer): ImageSize | null {
  let at = 2;
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    at += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(at + 2);
  }
  return null;
}
