"""Lhotse's batch loader: batches of recordings, from the request to arrays of audio, one batch at a time.

Takes the options of bench/programs/job.hpp and prints the same line of JSON. The objects are WAV files of 16 kHz and 16
bits. --mode is sdk, or patched: with aisle.aistore.patch().
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path

WAV_HEAD_BYTES, RATE, BYTES_A_FRAME = 44, 16_000, 2


def options():
    parser = argparse.ArgumentParser()
    for name in ("endpoint", "bucket", "names", "format", "mode"):
        parser.add_argument("--" + name)
    for name in ("batch", "batches", "in-flight", "object-bytes"):
        parser.add_argument("--" + name, type=int, default=1)
    return parser.parse_args()


def cuts_of(names, bucket, frames):
    from lhotse import CutSet, MonoCut, Recording
    from lhotse.audio import AudioSource

    cuts = []
    for number, name in enumerate(names):
        source = AudioSource(type="url", channels=[0], source=f"ais://{bucket}/{name}")
        recording = Recording(id=f"{number}", sources=[source], sampling_rate=RATE, num_samples=frames,
                              duration=frames / RATE)
        cuts.append(MonoCut(id=f"{number}", start=0, duration=frames / RATE, channel=0, recording=recording))
    return CutSet.from_cuts(cuts)


def main():
    o = options()
    os.environ["AIS_ENDPOINT"] = o.endpoint
    if o.mode == "patched":
        import aisle.aistore

        aisle.aistore.patch()
    from lhotse.dataset import AudioSamples

    names = Path(o.names).read_text().split()
    frames = (o.object_bytes - WAV_HEAD_BYTES) // BYTES_A_FRAME
    load = AudioSamples(use_batch_loader=True)

    def load_batch(index):
        asked = [names[(index * o.batch + i) % len(names)] for i in range(o.batch)]
        cuts = cuts_of(asked, o.bucket, frames)
        began, used = time.perf_counter(), time.process_time()
        audio, lengths = load(cuts)
        took = time.perf_counter() - began, time.process_time() - used
        assert lengths.tolist() == [frames] * o.batch and audio.any()
        return took

    load_batch(o.batches)  # warm-up
    took = [load_batch(index) for index in range(o.batches)]
    seconds, used = (sum(column) for column in zip(*took))
    whole_ms = statistics.median(seconds for seconds, _ in took) * 1e3
    print(json.dumps({"samples": o.batch * o.batches, "bytes": o.batch * o.batches * o.object_bytes,
                      "seconds": seconds, "cpu_seconds": used, "first_sample_ms": whole_ms, "whole_ms": whole_ms}))


if __name__ == "__main__":
    main()
