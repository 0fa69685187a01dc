#!/usr/bin/env python3
"""Checks an evidence bundle of Jaga without Jaga: verify_bundle.py BUNDLE.zip [FINGERPRINT]

Written from docs/custody.md alone, to show that the format can be implemented
with a standard library. Signatures need the module "cryptography"; without it
they are reported as not checked. It does not look for tricks in the zip itself
and does not check time stamps: jaga verify does both.
Exit status: 0 OK, 1 something is wrong, 3 something was not checked.
"""
import base64, hashlib, json, sys, zipfile

problems, unchecked = [], []


def wrong(where, what):
    problems.append(f"{where}: {what}")


def sha256(data):
    return hashlib.sha256(data).digest()


def node(left, right):
    return sha256(b"\x01" + left + right)


def root_from_path(leaf, index, size, path):
    """RFC 9162 section 2.1.3.2."""
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 else None


def consistent(m, n, old, new, path):
    """RFC 9162 section 2.1.4.2."""
    if m == n:
        return old == new and not path
    path = list(path) if m & (m - 1) else [old] + list(path)
    if not path:
        return False
    fn, sn = m - 1, n - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return fr == old and sr == new and sn == 0


def opened(where, signed, key):
    """A C2SP signed note: the text, after its signature was checked."""
    text, _, tail = signed.rpartition("\n\n")
    text += "\n"
    name, hash_, blob = key.split("+", 2)
    public = base64.b64decode(blob)
    if sha256(f"{name}\n".encode() + public)[:4].hex() != hash_:
        wrong(where, "the key is damaged")
    for line in tail.splitlines():
        _, signer, sig = line.split(" ")
        raw = base64.b64decode(sig)
        if signer != name or raw[:4].hex() != hash_:
            continue
        try:
            from cryptography.exceptions import InvalidSignature
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        except ImportError:
            unchecked.append(f"{where}: the signature (the module cryptography is missing)")
            return text
        try:
            Ed25519PublicKey.from_public_bytes(public[1:]).verify(raw[4:], text.encode())
            return text
        except InvalidSignature:
            break
    wrong(where, "it is not signed by the key")
    return text


def checkpoint(where, signed, key):
    origin, size, root, _ = opened(where, signed, key).split("\n")
    return origin, int(size), base64.b64decode(root)


def main(path, fingerprint=None):
    z = zipfile.ZipFile(path)
    names = z.namelist()
    text = lambda name: z.read(name).decode()
    listed = set()
    for kind in ("manifest", "tagmanifest"):
        for algorithm in ("sha256", "sha512"):
            for line in text(f"{kind}-{algorithm}.txt").splitlines():
                digest, name = line.split("  ", 1)
                listed.add(name)
                h = hashlib.new(algorithm)
                if name not in names:
                    wrong(name, "missing")
                    continue
                with z.open(name) as f:
                    while block := f.read(1 << 20):
                        h.update(block)
                if h.hexdigest() != digest:
                    wrong(name, f"its {algorithm} is not that of the manifest")
    last = {"tagmanifest-sha256.txt", "tagmanifest-sha512.txt", "seal.txt"}
    for name in set(names) - listed - last:
        wrong(name, "extra")
    if len(names) != len(set(names)):
        wrong(path, "a name is there twice")

    key = text("log/key.txt").strip()
    mine = sha256(base64.b64decode(key.split("+", 2)[2])[1:]).hex()
    if fingerprint is None:
        unchecked.append("whose key it is; compare its fingerprint " + mine)
    elif fingerprint.replace(" ", "").lower() != mine:
        wrong("log/key.txt", "its fingerprint is " + mine)

    facts = json.loads(text("data/facts.json"))
    digest_of = {n: d for d, n in (line.split("  ", 1) for line in text("manifest-sha256.txt").splitlines())}
    sealed, receivers = 0, set()
    for f in facts["files"]:
        name = "data/files/" + f["name"]
        if name not in names:
            wrong(name, "missing")
            continue
        if f["sha256"] != digest_of.get(name) or f["bytes"] != z.getinfo(name).file_size:
            wrong(name, "it is not the one that the facts describe")
        if f.get("sealed"):
            sealed += 1
            receivers |= set(f.get("to", []))
            with z.open(name) as inside:
                if inside.read(22) != b"age-encryption.org/v1\n":
                    wrong(name, "it should be encrypted and is not")
    if sealed:
        unchecked.append(f"what is inside {sealed} files that are encrypted to {', '.join(sorted(receivers))}; their encrypted bytes are as stated")
    seal = opened("seal.txt", text("seal.txt"), key)
    tags = [hashlib.new(a, z.read(f"tagmanifest-{a}.txt")).hexdigest() for a in ("sha256", "sha512")]
    if seal != f"jaga-bundle-1\n{facts['origin']}\nsha256:{tags[0]}\nsha512:{tags[1]}\n":
        wrong("seal.txt", "it is over other lists of files")

    origin, size, root = checkpoint("log/checkpoint.txt", text("log/checkpoint.txt"), key)
    subjects = set(facts["subjects"]) | {f["subject"] for f in facts["files"]}
    records = z.read("data/records.jsonl").split(b"\n")[:-1]
    proofs = text("log/inclusion.txt").splitlines()
    if len(records) != len(proofs):
        wrong("log/inclusion.txt", "not as many proofs as records")
    before, exported = -1, False
    for n, (line, proof) in enumerate(zip(records, proofs), 1):
        version, seq, at, actor, action, subject, detail = json.loads(line)
        index, *hashes = proof.split(" ")
        if version != "jaga-custody-1" or seq <= before or int(index) != seq or subject not in subjects:
            wrong(f"data/records.jsonl line {n}", "it is not in its place")
        path_ = [base64.b64decode(h) for h in hashes]
        if seq >= size or root_from_path(sha256(b"\x00" + line), seq, size, path_) != root:
            wrong(f"data/records.jsonl line {n}", f"record {seq} is not in the signed log")
        exported |= action == "bundle.export" and json.loads(detail).get("facts") == sha256(z.read("data/facts.json")).hex()
        before = seq
    if not exported:
        wrong("data/records.jsonl", "no record states the export")

    for line in text("log/consistency.txt").splitlines() if "log/consistency.txt" in names else []:
        m, n, *hashes = line.split(" ")
        _, small, old = checkpoint(f"log/others/{m}.txt", text(f"log/others/{m}.txt"), key)
        if int(m) != small or int(n) != size or not consistent(small, size, old, root, [base64.b64decode(h) for h in hashes]):
            wrong(f"log/others/{m}.txt", "the log was rewritten")

    for p in problems:
        print("WRONG      ", p)
    for u in unchecked:
        print("NOT CHECKED", u)
    print("FAIL" if problems else "OK", f"{len(records)} records, {len(facts['files'])} files")
    return 1 if problems else 3 if unchecked else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
