"""The peers' side of the comparison: answers requests, one JSON object a line.

bench/ measures by turns: it asks this process, and a process of Jaga's that
understands the same requests, to do the same thing. Each times what it does
itself, in one thread. Reading pictures and codes beforehand is not timed.
"""

import ctypes
import hashlib
import json
import os
import sys
from time import perf_counter_ns

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"


def version(module):
    try:
        import importlib.metadata as metadata

        return metadata.version(module)
    except Exception:
        return ""


HERE = os.path.dirname(os.path.abspath(__file__))


def library(path):
    try:
        return ctypes.CDLL(path)
    except OSError:
        return None


REFERENCE = library(os.path.join(HERE, ".venv", "reference.so"))
TURBO = library("libturbojpeg.so.0")
if TURBO:
    TURBO.tjInitDecompress.restype = ctypes.c_void_p


def versions(_):
    import platform

    info = {
        "python": platform.python_version(),
        "pdqhash": version("pdqhash"),
        "reference": "pdqhash's sources, -O3" if REFERENCE else "",
        "threatexchange": version("threatexchange"),
        "pillow": version("pillow"),
        "faiss": version("faiss-cpu"),
        "turbo": "libturbojpeg.so.0" if TURBO else "",
        "vpdq": version("vpdq"),
    }
    try:
        from PIL import features

        info["pillow"] += " with libjpeg-turbo " + (features.version_feature("libjpeg_turbo") or "absent")
    except Exception:
        pass
    try:
        import faiss

        info["faiss"] += " (" + faiss.get_compile_options().strip() + ")"
    except Exception:
        pass
    return {"info": info}


def sweep(r, load, work):
    """Does the work for every file, r["reps"] times; only work is timed."""
    things = [load(f) for f in r["files"]]
    answers, total = [], 0
    for thing in things:
        for rep in range(r["reps"]):
            begin = perf_counter_ns()
            answer = work(thing)
            total += perf_counter_ns() - begin
            if rep == 0:
                answers.append(answer)
    return {"ns": total / len(things) / r["reps"], "answers": [text(a) for a in answers]}


def text(answer):
    """Hash and quality as Jaga writes them; what a worker returns is turned into
    text after the clock has stopped."""
    if answer is None or isinstance(answer, str):
        return answer or ""
    bits, quality = answer
    if len(bits) == 16:  # words, the lowest first
        return "".join("%04x" % w for w in reversed(bits)) + " %d" % quality
    return "%064x %d" % (int("".join(str(b) for b in bits), 2), quality)


def pixels_of(r):
    import numpy

    def load(name):
        return numpy.fromfile(name, dtype=numpy.uint8).reshape(r["height"], r["width"], 3)

    return load


def pixels_pdqhash(r):
    import pdqhash

    return sweep(r, pixels_of(r), pdqhash.compute)


def pixels_reference(r):
    words = (ctypes.c_uint16 * 16)()

    def work(image):
        quality = REFERENCE.reference_hash(ctypes.c_void_p(image.ctypes.data), r["width"], r["height"], words)
        return list(words), quality

    return sweep(r, pixels_of(r), work)


def jpeg_threatexchange(r):
    """File to hash as Hasher-Matcher-Actioner has it: the package's own signal."""
    import pathlib
    from threatexchange.signal_type.pdq.signal import PdqSignal

    return sweep(r, pathlib.Path, PdqSignal.hash_from_file)


def jpeg_pillow_decode(r):
    from PIL import Image

    def work(name):
        with Image.open(name) as image:
            image.load()

    return sweep(r, str, work)


def jpeg_turbo_decode(r):
    """The library's decoding alone, from memory to RGB, with its defaults."""
    handle = ctypes.c_void_p(TURBO.tjInitDecompress())

    def load(name):
        with open(name, "rb") as file:
            data = file.read()
        w, h, s, c = (ctypes.c_int() for _ in range(4))
        if TURBO.tjDecompressHeader3(handle, data, ctypes.c_ulong(len(data)), *map(ctypes.byref, (w, h, s, c))):
            raise RuntimeError("libturbojpeg cannot read " + name)
        return data, w.value, h.value, ctypes.create_string_buffer(w.value * h.value * 3)

    def work(thing):
        data, w, h, out = thing
        if TURBO.tjDecompress2(handle, data, ctypes.c_ulong(len(data)), out, w, 0, h, 0, 0):
            raise RuntimeError("libturbojpeg cannot decode")

    return sweep(r, load, work)


def film_vpdq(r):
    """Every frame of a film, with as many threads as the package chooses."""
    import vpdq

    answers, total = [], 0
    for name in r["files"]:
        begin = perf_counter_ns()
        frames = vpdq.computeHash(name, seconds_per_hash=0)
        total += perf_counter_ns() - begin
        answers += ["%s %d" % (f.hex, f.quality) for f in frames]
    return {"ns": total / len(r["files"]), "answers": answers}


class Indexes:
    """The FAISS indexes that were built, by kind."""

    def __init__(self):
        self.kept = {}

    def resident(self):
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def build(self, r):
        import faiss
        import numpy

        faiss.omp_set_num_threads(1)
        codes = numpy.memmap(r["files"][0], dtype=numpy.uint8, mode="r").reshape(-1, 32)[: r["count"]]
        numpy.add.reduce(codes[::128, 0])  # in memory before the clock starts
        before = self.resident()
        if r["kind"] == "flat":
            index = faiss.IndexBinaryFlat(256)
        else:  # as threatexchange's PDQMultiHashIndex: 16 tables of 16 bits
            index = faiss.IndexBinaryMultiHash(256, 16, 16)
        step = 1_000_000
        begin = perf_counter_ns()
        for at in range(0, len(codes), step):
            index.add(numpy.ascontiguousarray(codes[at : at + step]))
        total = perf_counter_ns() - begin
        self.kept[r["kind"]] = index
        return {"ns": total, "bytes": self.resident() - before}

    def query(self, r):
        import numpy

        index = self.kept[r["kind"]]
        if r["kind"] == "multi":
            index.nflip = r["radius"] // index.nhash
        queries = numpy.fromfile(r["files"][0], dtype=numpy.uint8).reshape(-1, 32)
        total, answers = 0, []
        first = r.get("from", 0)
        for i in range(first, first + r["count"]):
            q = queries[i : i + 1]
            begin = perf_counter_ns()
            _, distances, found = index.range_search(q, r["radius"] + 1)
            total += perf_counter_ns() - begin
            hits = sorted(zip(found.tolist(), map(int, distances.tolist())))
            answers.append(" ".join("%d:%d" % h for h in hits))
        return {"ns": total / r["count"], "answers": [summed(a) for a in answers]}

    def drop(self, r):
        self.kept.pop(r["kind"], None)
        return {}


def summed(hits):
    """The hits of one query, shortened if they are many."""
    n = len(hits.split())
    return hits if n <= 4 else "%d hits %s" % (n, hashlib.sha256(hits.encode()).hexdigest()[:16])


def main():
    indexes = Indexes()
    do = {
        "versions": versions,
        "pixels pdqhash": pixels_pdqhash,
        "pixels reference": pixels_reference,
        "jpeg threatexchange": jpeg_threatexchange,
        "jpeg pillow decode": jpeg_pillow_decode,
        "jpeg turbo decode": jpeg_turbo_decode,
        "film vpdq": film_vpdq,
        "index build": indexes.build,
        "index query": indexes.query,
        "index drop": indexes.drop,
    }
    if sys.stdin.isatty() or not (line := sys.stdin.readline()):
        for name, value in versions(None)["info"].items():
            print("%-15s %s" % (name, value or "not here"))
        return
    while line:
        r = json.loads(line)
        try:
            answer = do[r["do"]](r)
        except Exception as error:
            answer = {"error": "%s: %s" % (r["do"], error)}
        print(json.dumps(answer), flush=True)
        line = sys.stdin.readline()


main()
