"""Generated recordings: WAV files, 16 kHz, 16 bits, one channel, of noise."""

import io
import random
import wave

RATE = 16_000
BYTES_A_FRAME = 2
HEAD_BYTES = 44


def wav_bytes(seconds):
    """Bytes of a file with this many seconds of sound."""
    return HEAD_BYTES + RATE * BYTES_A_FRAME * seconds


def wav_seconds(size):
    """Seconds of sound in a file of `size` bytes."""
    return (size - HEAD_BYTES) // (RATE * BYTES_A_FRAME)


def wav(name, size):
    """The file of this name, of `size` bytes: always the same."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(BYTES_A_FRAME)
        file.setframerate(RATE)
        file.writeframes(random.Random(name).randbytes(size - HEAD_BYTES))
    return out.getvalue()
