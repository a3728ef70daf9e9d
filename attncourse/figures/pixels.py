"""Images inside a drawing: small PNG files, written alike on every machine."""

import base64
import struct
import zlib

import numpy as np

from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import HATCH

LEVELS = 32  # shades of one colour that a map is drawn in


def draw_image(canvas: Canvas, x: float, y: float, width: float, image: np.ndarray) -> None:
    """Draw an image of bytes, h × w grey or h × w × 3 colour, with sharp pixels."""
    height = width * image.shape[0] / image.shape[1]
    _place(canvas, (x, y, width, height), _png(_enlarged(image, width)))


def draw_shades(canvas, place, strength: np.ndarray, colours: tuple[str, str], allowed) -> None:
    """Draw a matrix as shades of two colours; forbidden cells are grey.

    Args:
        place: x, y, width and height.
        strength: M × N, from −1 (second colour) over 0 (nothing) to 1 (first colour).
        allowed: M × N bool.
    """
    levels = np.round(np.abs(strength) * LEVELS).astype(np.uint8)
    indices = np.where(strength < 0, levels + LEVELS + 1, levels)
    indices = np.where(allowed, indices, 2 * LEVELS + 2)
    shades = [(*_rgb(c), round(255 * n / LEVELS)) for c in colours for n in range(LEVELS + 1)]
    shades.append((*_rgb(HATCH), 110))
    used, indices = np.unique(indices, return_inverse=True)
    shades = [shades[index] for index in used]
    _place(
        canvas,
        place,
        _png(
            _enlarged(indices.reshape(strength.shape), place[2]), np.array(shades, dtype=np.uint8)
        ),
    )


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _enlarged(image: np.ndarray, width: float) -> np.ndarray:
    """Repeat pixels, so that viewers that smooth images do not blur them much."""
    scale = int(np.clip(min(width, 64) / image.shape[1], 1, 6))
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


def _place(canvas: Canvas, place, file: bytes) -> None:
    address = f"data:image/png;base64,{base64.b64encode(file).decode()}"
    size = dict(zip(("x", "y", "width", "height"), place, strict=True))
    look = {"preserveAspectRatio": "none", "style": "image-rendering:pixelated"}
    canvas.draw("image", **size, **look, href=address)


def _png(image: np.ndarray, palette: np.ndarray | None = None) -> bytes:
    """Write bytes as a PNG file: grey, colour, or numbers of the colours of a palette (RGBA)."""
    kind = 3 if palette is not None else {2: 0, 3: 2}[image.ndim]
    height, width = image.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in image.astype(np.uint8))
    parts = [(b"IHDR", struct.pack(">2I5B", width, height, 8, kind, 0, 0, 0))]
    if palette is not None:
        parts += [(b"PLTE", palette[:, :3].tobytes()), (b"tRNS", palette[:, 3].tobytes())]
    parts += [(b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in parts)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
