// Photos that take their time: a blur of each until it is there, and a new address for one that is fetched after its own has died.

/** Shows the blur that a photo's thumbhash holds (evanw.github.io/thumbhash) behind each photo that is still to come. */
export function blur(root) {
  for (const photo of root.querySelectorAll("img[data-hash]")) {
    const hash = photo.dataset.hash;
    delete photo.dataset.hash;
    if (photo.complete || !hash) continue;
    photo.style.background = `center / cover url(${paint(decode(Uint8Array.from(atob(hash), (byte) => byte.charCodeAt())))})`;
    photo.addEventListener("load", () => (photo.style.background = ""), { once: true });
  }
}

function paint({ width, height, pixels }) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  image.data.set(pixels);
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}

/** The picture of a hash without transparency: three channels, each a few cosines, as lightness and two differences of colour. */
function decode(bytes) {
  const head = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
  const shape = bytes[3] | (bytes[4] << 8);
  const wide = shape >> 15;
  const across = Math.max(3, wide ? 7 : shape & 7);
  const down = Math.max(3, wide ? shape & 7 : 7);
  let nibble = 0;
  const next = () => ((bytes[5 + (nibble >> 1)] >> ((nibble++ & 1) << 2)) & 15) / 7.5 - 1;
  const channel = (base, columns, rows, scale) => {
    const waves = [];
    for (let y = 0; y < rows; y++)
      for (let x = y ? 0 : 1; x * rows < columns * (rows - y); x++) waves.push([x, y, next() * scale]);
    return (u, v) => waves.reduce((sum, [x, y, height]) => sum + height * Math.cos(Math.PI * x * u) * Math.cos(Math.PI * y * v) * 2, base);
  };
  const light = channel((head & 63) / 63, across, down, ((head >> 18) & 31) / 31);
  const warm = channel(((head >> 6) & 63) / 31.5 - 1, 3, 3, (((shape >> 3) & 63) / 63) * 1.25);
  const red = channel(((head >> 12) & 63) / 31.5 - 1, 3, 3, (((shape >> 9) & 63) / 63) * 1.25);
  const ratio = across / down;
  const width = Math.round(ratio > 1 ? 32 : 32 * ratio);
  const height = Math.round(ratio > 1 ? 32 / ratio : 32);
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const at = [((i % width) + 0.5) / width, (Math.floor(i / width) + 0.5) / height];
    const [l, p, q] = [light(...at), warm(...at), red(...at)];
    const blue = l - (2 / 3) * p;
    const r = (3 * l - blue + q) / 2;
    pixels.set([255 * r, 255 * (r - q), 255 * blue, 255], i * 4);
  }
  return { width, height, pixels };
}

let asked = 0;

/** Asks for this page once more and takes over the addresses of its photos; at most once a minute. */
export async function renew() {
  if (Date.now() - asked < 60_000) return;
  asked = Date.now();
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const nameOf = (photo) => photo.getAttribute("src").split("?")[0];
  const fresh = new Map([...page.querySelectorAll('img[src^="/photos/"]')].map((photo) => [nameOf(photo), photo.getAttribute("src")]));
  for (const photo of document.querySelectorAll('img[src^="/photos/"]')) {
    const address = fresh.get(nameOf(photo));
    if (address && !(photo.complete && photo.naturalWidth)) photo.src = address;
  }
}
