// JSON whose large whole numbers, such as 64-bit ids, keep all their digits: JavaScript's own numbers round above 2^53. They become raw JSON, which
// is written again as it was read, where the browser has that; else they are rounded as ever.

const large = /(^|[:[,\s])-?\d{16,}/;

export function parse(text) {
  if (!JSON.rawJSON || !large.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_, v, context) => (typeof v === "number" && Number.isInteger(v) && !Number.isSafeInteger(v) && /^-?\d+$/.test(context?.source ?? "") ? JSON.rawJSON(context.source) : v));
}

// digitsOf is the text of such a number, or undefined.
export const digitsOf = (v) => (JSON.isRawJSON?.(v) ? v.rawJSON : undefined);
