// Numbers as engine/words/decimals.py writes them and stepping/answers.py judges them, digit by digit; and as students type
// them.

// Python rounds what lies exactly in the middle to the even digit, toExponential rounds it up.
function exponential(x, decimals) {
  const rounded = x.toExponential(decimals), [shortest, power] = x.toExponential().split("e");
  const middle = shortest.endsWith("5") && shortest.replace("-", "").length === decimals + 3;
  if (!middle || !x.toExponential(100).startsWith(shortest.padEnd(100, "0"))) return rounded;
  const down = shortest.slice(0, -1).replace(/\.$/, "");
  return "02468".includes(down.at(-1)) ? `${down}e${power}` : rounded;
}

const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

const NOISE = 7, FULL = 10; // digits beyond which there are rounding errors; digits shown where they are asked for

function number(x, digits = 4) {
  if (x === 0) return "0";
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  const size = Math.abs(x), sign = x < 0 ? "-" : "";
  if (digits >= 17) return size >= 1e-4 && size < 1e16 ? String(x) : x.toExponential().replace("e+", "e");
  let [mantissa, exponent] = exponential(size, digits - 1).split("e");
  if (digits < NOISE && /0\.?0$/.test(mantissa)) { // close to a round number, and not shown as that
    const rounded = Number(`${mantissa}e${exponent}`);
    let more = digits + 1;
    while (more <= NOISE && size !== rounded && Number(exponential(size, more - 1)) === rounded) more += 1;
    if (more <= NOISE && size !== rounded) [mantissa, exponent] = exponential(size, (digits = more) - 1).split("e");
  }
  const power = Number(exponent);
  if (power > -5 && power < digits) return sign + trimmed(placed(mantissa.replace(".", ""), power));
  if (power > 0 && size < 1e6) {
    const below = Math.floor(size), whole = size - below === 0.5 ? below + (below % 2) : Math.round(size);
    if (whole < 1e6) return sign + whole;
  }
  return `${sign}${trimmed(mantissa)}e${power}`;
}

// Digits with the point where the power of ten puts it.
function placed(digits, power) {
  if (power < 0) return `0.${"0".repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1), rest = digits.slice(power + 1);
  return rest ? `${whole}.${rest}` : whole;
}

function factor(x, digits = 4) {
  const text = number(x, digits);
  return text.startsWith("-") ? `(${text})` : text;
}

const withSign = (text) => (/^[-n]/.test(text) ? text : `+${text}`);
const signed = (x, digits) => withSign(number(x, digits));

const CERTAIN = 3; // digits of an answer: with fewer, another slip gives the same number too easily

const digitsOf = (answer) => exponential(Math.abs(answer), 11).split("e")[0].replace(".", "").replace(/^0+|0+$/g, "").length;

// The digits of a decimal as it was typed, the last zeros with them; 0 for anything else.
function typedDigits(text) {
  const [, decimal] = text.trim().replace(",", ".").match(/^[-+−–]?(\d*\.\d+)(?:e[-+]?\d+)?$/i) ?? [];
  return decimal ? Math.min(decimal.replace(".", "").replace(/^0+/, "").length, 12) : 0;
}

// Whether an answer is a number, up to the rounding of its computation.
const exactly = (answer, exact) => Math.abs(answer - exact) <= 1e-9 * Math.abs(exact);

// Whether an answer may be a smaller number rounded up to a power of ten: 1.00 has a digit more than 0.996.
const roundedUp = (answer, exact) =>
  Math.abs(exact) < Math.abs(answer) && Number(exponential(Math.abs(answer), 12).split("e")[0]) === 1;

// Whether an answer is the exact number, or the exact number rounded to as many digits as the answer has.
function agrees(answer, exact, digits = digitsOf(answer)) {
  if (!Number.isFinite(exact)) return false;
  if (exactly(answer, exact)) return true;
  if (digits === 1 && !Number.isInteger(answer)) digits = 2; // 0.2 may be 0.20
  if (digits < 2) return false;
  const beside = [exact, exact * (1 + 1e-12), exact * (1 - 1e-12)]; // 0.125 is 0.12 and 0.13
  const ways = digits > 2 && roundedUp(answer, exact) ? [digits, digits - 1] : [digits];
  return ways.some((way) => beside.some((x) => Number(exponential(x, way - 1)) === Number(exponential(answer, 11))));
}

// How the right number was written, in too few digits or cut off, by the key of what is said of it: stepping/answers.py.
function rounding(answer, exact, digits = digitsOf(answer)) {
  if (!digits || !Number.isFinite(exact)) return "";
  if (digits === 1 || (digits === 2 && roundedUp(answer, exact))) return Number(exponential(exact, 0)) === answer ? "few digits" : "";
  const [mantissa, power] = exponential(exact, 16).split("e"), cut = mantissa.slice(0, mantissa.indexOf(".") + digits);
  return Number(`${cut}e${power}`) === Number(exponential(answer, 11)) ? "cut off" : "";
}

// A number as it was typed, unless that takes more than ten digits.
function constant(x) {
  const written = exponential(x, FULL - 1);
  return number(x, /00e/.test(written) || Number(written) === x ? FULL : 4);
}

// How many digits tell different numbers apart; `digits` if these do, or if `most` do not.
function apart(numbers, digits = 4, most = FULL) {
  const different = new Set(numbers.map((x) => x + 0)); // -0 + 0 is 0
  for (let more = digits; more <= most; more++) {
    if (new Set([...different].map((x) => number(x, more))).size === different.size) return more;
  }
  return digits;
}

// Whether two gradients differ by more than rounding, beside gradients as large as `largest`: stepping/mistakes.py.
function differ(one, other, largest) {
  if (one === other || (Number.isNaN(one) && Number.isNaN(other))) return false;
  const difference = Math.abs(one - other), size = Math.max(Math.abs(one), Math.abs(other));
  return !Number.isFinite(difference) || difference > Math.max(1e-9 * size, 1e-15 * largest);
}

// How many digits show the difference of two numbers, to `visible` digits of its own: engine/checking/nudge.py.
function telling(before, after, visible = 4, most = 17) {
  const size = Math.max(Math.abs(before), Math.abs(after)), change = Math.abs(after - before);
  if (!(change > 0 && change < Infinity) || !(size / change < Infinity)) return 4;
  return Math.min(most, Math.max(4, Math.ceil(Math.log10(size / change)) + visible));
}

// A number as students write it, the engine's `number_typed`: -1.5, 1,5, 2/3, 2·3, (1 + 2)², 1½; NaN for anything else.
const parsed = (text) => typedIn(text).x;

// The same with `names` and `functions` of one number; and the two factors of a product that was typed.
function typedIn(answer, names = new Map(), functions = {}) {
  const [text, letters] = withLetters(answer.trim(), names, functions);
  let factors = [];
  const raised = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", signs = { "−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "÷": "/", ":": "/", ",": "." };
  if (/(?<![\d.])[1-9]\d{0,2},\d{3}(?!\d)/.test(text)) return { x: NaN, factors }; // 1,250 is one and a quarter, or a thousand
  const plain = text
    .replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+/g, (power) => `^${[...power].map((sign) => "0123456789-"[raised.indexOf(sign)]).join("")}`)
    .replace(/(\d*)([½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒])/g, (_, whole, sign) => `(${whole || 0}+${sign.normalize("NFKD").replace("⁄", "/")})`)
    .replace(/[−–·×⋅÷:,]/g, (sign) => signs[sign]).replace(/\*\*/g, "^");
  const tokens = plain.match(/(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[-+*/^()]|\S/gi) ?? [];
  let at = 0;
  const takes = (...wanted) => (wanted.includes(tokens[at]) ? tokens[at++] : "");
  function sum() {
    let x = product(), met = factors;
    for (let sign; (sign = takes("+", "-"));) [x, met] = [sign === "+" ? x + product() : x - product(), []];
    factors = met;
    return x;
  }
  function product() {
    let x = factor();
    const met = [x];
    for (let sign; (sign = takes("*", "/"));) {
      const other = factor();
      x = sign === "*" ? x * other : x / other;
      met.push(...(sign === "*" ? [other] : [other, other])); // a quotient has not two factors
    }
    factors = met;
    return x;
  }
  function factor() {
    const sign = takes("+", "-");
    return sign ? (sign === "-" ? -factor() : factor()) : power();
  }
  function power() {
    const x = atom();
    return takes("^") ? x ** factor() : x;
  }
  function atom() {
    if (takes("(")) {
      const x = sum();
      return takes(")") ? x : NaN;
    }
    const letter = letters.get(tokens[at]);
    if (letter !== undefined) {
      at += 1;
      return typeof letter === "number" ? letter : tokens[at] === "(" ? letter(atom()) : NaN;
    }
    return /^[\d.]/.test(tokens[at] ?? "") ? Number(tokens[at++]) : NaN;
  }
  const x = sum();
  return { x: at === tokens.length ? x : NaN, factors: factors.length === 2 ? factors : [] };
}

const onTheLine = (text) => text.replace(/[₀-₉]/g, (digit) => digit.codePointAt(0) - "₀".codePointAt(0));

// A text with a letter for each name and function in it, and what the letters stand for.
function withLetters(text, names, functions) {
  const letters = new Map();
  if (!names.size) return [text, letters];
  const known = new Map([...names].map(([name, x]) => [onTheLine(name), x])), calls = new Map(Object.entries(functions));
  const taken = (of) => (name) => {
    const letter = String.fromCharCode(0xe000 + letters.size);
    letters.set(letter, of.get(name));
    return letter;
  };
  const anyOf = (of) => [...of.keys()].filter((name) => name && plain.includes(name)).sort((one, other) => other.length - one.length)
    .map((name) => name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("|");
  let plain = onTheLine(text);
  const said = anyOf(known), called = anyOf(calls), before = "(?<![\\p{L}\\p{Nd}_.])";
  if (said) plain = plain.replace(new RegExp(`${before}(?:${said})(?![\\p{L}\\p{Nd}_.]|\\s*\\()`, "gu"), taken(known));
  if (called) plain = plain.replace(new RegExp(`${before}(?:${called})(?=\\s*\\()`, "gu"), taken(calls));
  return [plain, letters];
}
