const TOKEN = /^~[0-9a-f]{8}\.[A-Za-z0-9_-]{22}$/;

/**
 * Whether a label's value is a keyed token that stands for a personal one, such as
 * `~1c291ca3.Vb6QIzYqJ2y1l0b8yX4s5w`: a tilde, the id of the key, a dot and 22 digits of base64url.
 */
export function isLabelToken(value: string): boolean {
  return TOKEN.test(value);
}
