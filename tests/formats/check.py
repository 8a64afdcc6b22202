#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""check - the formats of a report against each other

Usage: check.py WHAT FILE...; says what is wrong and exits 1.
"""
import base64
import hashlib
import html.parser
import json
import os
import re
import statistics
import sys


def wrong(text):
    print(text)
    sys.exit(1)


def load(name):
    """JSON as the standard has it: no NaN, no key given twice."""
    def constant(word):
        wrong(f"{name}: {word} is not JSON")

    def once(pairs):
        keys = [k for k, _ in pairs]
        if len(set(keys)) != len(keys):
            wrong(f"{name}: a key given twice")
        if keys != sorted(keys):
            wrong(f"{name}: keys are not sorted: {keys}")
        return dict(pairs)

    with open(name, encoding="utf-8") as f:
        return json.load(f, parse_constant=constant, object_pairs_hook=once)


def words_of_text(name):
    """The report word by word, bullets left out."""
    words = []
    with open(name, encoding="ascii") as f:
        for line in f:
            line = line.rstrip("\n")
            words += (line[4:] if line.startswith("  - ") else line).split()
    return words


class Page(html.parser.HTMLParser):
    """Text of the body; every element closed where it must be."""
    void = {"meta", "br"}

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.stack = []
        self.words = []
        self.tags = []
        self.ids = []
        self.links = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.ids += [v for k, v in attrs if k == "id"]
        for k, v in attrs:
            if k.startswith("on"):
                wrong(f"<{tag} {k}=...>")
            if (tag, k) == ("a", "href"):
                self.links.append(v)
            elif k in ("src", "href", "xlink:href") and \
                    not v.startswith("#"):
                wrong(f"<{tag} {k}={v}>: fetched from elsewhere")
        if tag not in self.void:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.void:
            self.stack.pop()

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            wrong(f"</{tag}> closes nothing")

    def handle_data(self, data):
        if "main" in self.stack and "figure" not in self.stack:
            # Cells and terms are words of their own.
            self.words += data.split()


def page(name):
    p = Page()
    with open(name, encoding="ascii") as f:
        text = f.read()
    p.feed(text)
    p.close()
    if len(text) >= 1 << 20:
        wrong(f"{len(text)} bytes: not below 1 MB")
    if p.stack:
        wrong(f"not closed: {p.stack}")
    # The one that sorts, which the page itself allows by its hash.
    scripts = re.findall(r"<script>(.*?)</script>", text, re.S)
    hashes = ["sha256-" + base64.b64encode(hashlib.sha256(
        s.encode()).digest()).decode() for s in scripts]
    if p.tags.count("script") != 1 or \
            re.findall(r"script-src '(.*?)'", text) != hashes:
        wrong(f"not the one script that is allowed: {hashes}")
    if len(set(p.ids)) != len(p.ids):
        wrong("an id given twice")
    return p


def site(folder):
    """Every link of every page leads to a page or a place that is there."""
    pages = {f: page(os.path.join(folder, f)) for f in os.listdir(folder)
             if f.endswith(".html")}
    for name, p in pages.items():
        for link in p.links:
            to, _, at = link.partition("#")
            if (to or name) not in pages or \
                    (at and at not in pages[to or name].ids):
                wrong(f"{name}: {link} leads nowhere")
    found, new = {"index.html"}, ["index.html"]
    while new:
        more = {link.partition("#")[0] for link in pages[new.pop()].links}
        new += more - found - {""}
        found |= more - {""}
    if set(pages) != found:
        wrong(f"nothing leads to {set(pages) - found}")


def same(a, b):
    for i, (x, y) in enumerate(zip(a, b)):
        if x != y:
            wrong(f"word {i}: {a[max(0, i - 5):i + 5]} "
                  f"against {b[max(0, i - 5):i + 5]}")
    if len(a) != len(b):
        wrong(f"{len(a)} words against {len(b)}")


def words_of_markdown(name):
    words = []
    with open(name, encoding="ascii") as f:
        for line in f:
            line = re.sub(r"<!--.*?-->", "", line.rstrip("\n"))
            if re.fullmatch(r"\|( :?---:? \|)+", line):
                continue
            line = re.sub(r"^#+ ", "", line)
            line = re.sub(r"^- \*\*(.*?)\*\*: ", r"\1 ", line)
            line = re.sub(r"^\| \*\*(.*)\*\* \|$", r"\1", line)
            line = re.sub(r"^- ", "", line)
            line = re.sub(r"(?<!\\)\|", " ", line)
            words += re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", line).split()
    return words


def gobench(name):
    """{(part, name, unit): [values]}, read as the format's description says."""
    found = {}
    part = None
    with open(name, encoding="utf-8") as f:
        for line in f:
            line = line.rstrip("\n")
            m = re.fullmatch(r"([a-z][^ A-Z:]*):(?: (.*))?", line)
            if m:
                part = m[2] if m[1] == "part" else part
            elif re.match(r"Benchmark[A-Z]", line):
                field = line.split()
                if re.search(r"-[0-9]+$", field[0]):
                    wrong(f"{field[0]}: would be read as GOMAXPROCS")
                if not field[1].isdigit() or len(field) % 2:
                    wrong(f"not pairs: {line}")
                for v, u in zip(field[2::2], field[3::2]):
                    key = (part, field[0], u)
                    found.setdefault(key, []).append(float(v))
            elif line and not line.startswith(("Unit ", "# ")):
                wrong(f"no line of this format: {line}")
    return found


def go_name(point):
    head, _, tail = point["name"].partition("/")
    name = "Benchmark" + "".join(w[:1].upper() + w[1:]
                                 for w in head.split("-"))
    name += "/" + tail if tail else ""
    return name + "/end" if re.search(r"-[0-9]+$", name) else name


def check_gobench(name, data):
    found = gobench(name)
    want = 0
    for p in data["points"]:
        for unit, v in p["values"].items():
            want += 1
            got = found.get((p["part"], go_name(p), unit))
            if not got:
                wrong(f"{go_name(p)} {unit} is missing")
            if statistics.median(got) != v["median"] or len(got) != v["n"]:
                wrong(f"{go_name(p)} {unit}: {got}, not {v['median']}")
    if want != len(found):
        wrong(f"{len(found)} series, {want} are right")


def check_json(data):
    if data["schema"] != "forkpath-report/1":
        wrong("schema")
    total = {}
    for i, p in enumerate(data["points"]):
        if p["id"] != i + 1:
            wrong(f"point {i + 1} has id {p['id']}")
        for k, n in p["repetitions"].items():
            total[k] = total.get(k, 0) + n
        for unit, v in p["values"].items():
            if statistics.median(v["values"]) != v["median"]:
                wrong(f"{p['name']} {unit}: median")
            want = "none" if v["n"] < 2 else "range" if v["n"] < 6 else "95%"
            if v["interval"] != want or v["n"] != len(v["values"]):
                wrong(f"{p['name']} {unit}: {v['n']} values, {v['interval']}")
            if v["n"] > 1 and not v["low"] <= v["median"] <= v["high"]:
                wrong(f"{p['name']} {unit}: interval")
    if total != data["repetitions"]:
        wrong(f"{total} is not {data['repetitions']}")
    if sum(total.values()) - total["ok"] != len(data["omitted"]):
        wrong("omitted")
    for c in data["costs"]:
        if not 1 <= c["point"] <= len(data["points"]):
            wrong(f"cost without a point: {c}")


def no_null(v, at=""):
    if v is None:
        wrong(f"{at}: null")
    for k, x in (v.items() if isinstance(v, dict) else
                 enumerate(v) if isinstance(v, list) else ()):
        no_null(x, f"{at}/{k}")


def check_kcidb(data, report):
    no_null(data)
    ids = [t["id"] for t in data["tests"]]
    if len(set(ids)) != len(ids):
        wrong("an id given twice")
    got = {}
    for t in data["tests"]:
        got[t["status"]] = got.get(t["status"], 0) + 1
        if ("number" in t) != (t["status"] == "DONE"):
            wrong(f"{t['id']}: {t['status']}")
        if t["status"] != "DONE":
            continue
        p = report["points"][int(t["id"].split(":")[-2]) - 1]
        v = p["values"][t["misc"]["role"] + "-p50-ns"]["median"]
        if abs(t["number"]["value"] * 1e9 - v) > 1e-9 * v:
            wrong(f"{t['path']}: {t['number']}, not {v} ns")
    skipped = sum(not p["repetitions"]["ok"] and p["repetitions"]["skip"] > 0
                  for p in report["points"])
    if got.get("SKIP", 0) != skipped:
        wrong(f"{got}: {skipped} points were skipped")


def check_campaign(data, one):
    """DATA against the documents ONE of its folders, in their order."""
    no_null(data)
    if data["tests"] != [t for d in one for t in d["tests"]]:
        wrong("not the tests of its folders")
    for kind, of, to in (("tests", None, None),
                         ("builds", "tests", "build_id"),
                         ("checkouts", "builds", "checkout_id")):
        ids = [x["id"] for x in data[kind]]
        if len(set(ids)) != len(ids):
            wrong(f"{kind}: an id given twice")
        if of and {x[to] for x in data[of]} != set(ids):
            wrong(f"{of}: {to} is not what {kind} has")


def check_hgrm(name, lats):
    """NAME against the buckets of the files LATS, ROLE as in its name."""
    role = name.rsplit("-", 1)[1].split(".")[0]
    bucket = {}
    most = 0
    for lat in lats:
        ours = False
        with open(lat, encoding="ascii") as f:
            for line in f:
                w = line.split()
                if w[0] == "role":
                    ours = w[1] == role
                    most = max(most, int(w[11])) if ours else most
                elif ours and w[0].isdigit():
                    k = int(w[1]) - 1
                    bucket[k] = bucket.get(k, 0) + int(w[2])
    total = sum(bucket.values())
    with open(name, encoding="ascii") as f:
        line = f.read().split("\n")
    if line[0].split() != ["Value", "Percentile", "TotalCount",
                           "1/(1-Percentile)"] or line[1]:
        wrong(f"{name}: header")
    row = [x.split() for x in line[2:] if x and x[0] != "#"]
    foot = " ".join(x for x in line if x.startswith("#"))
    for pattern in (r"#\[Mean += +[\d.]+, StdDeviation += +[\d.]+\]",
                    r"#\[Max += +%d\.000, Total count += +%d\]" %
                    (most, total),
                    r"#\[Buckets += +\d+, SubBuckets += +\d+\]"):
        if not re.search(pattern, foot):
            wrong(f"{name}: footer {foot}")
    last = -1.0
    for i, r in enumerate(row):
        value, level, seen = float(r[0]), float(r[1]), int(r[2])
        if seen != sum(n for k, n in bucket.items() if min(k, most) <= value):
            wrong(f"{name}: {r}: {seen} operations up to there")
        if seen < level * total - 1e-6 or level <= last:
            wrong(f"{name}: {r} after {last}")
        # The value before does not reach this level.
        if sum(n for k, n in bucket.items() if min(k, most) < value) \
                > level * total + 1e-6:
            wrong(f"{name}: {r}: an earlier value reaches it")
        if (len(r) == 3) != (i + 1 == len(row)):
            wrong(f"{name}: columns of {r}")
        if len(r) == 4 and abs(float(r[3]) - 1 / (1 - level)) > \
                0.006 + 1e-6 / (1 - level) ** 2:
            wrong(f"{name}: {r}: 1/(1-p)")
        last = level
    if last != 1 or int(row[-1][2]) != total:
        wrong(f"{name}: last row {row[-1]}")


def main():
    what, *name = sys.argv[1:]
    if what == "html":
        if page(name[0]).links:
            wrong("a link")
    elif what == "site":
        site(name[0])
    elif what == "html-text":
        same(words_of_text(name[1]), page(name[0]).words)
    elif what == "markdown-text":
        same(words_of_text(name[1]), words_of_markdown(name[0]))
    elif what == "gobench":
        check_gobench(name[0], load(name[1]))
    elif what == "json":
        check_json(load(name[0]))
    elif what == "kcidb":
        check_kcidb(load(name[0]), load(name[1]))
    elif what == "campaign":
        check_campaign(load(name[0]), [load(n) for n in name[1:]])
    elif what == "schema":
        try:
            import jsonschema
        except ImportError:
            sys.exit(4)
        jsonschema.Draft202012Validator(load_plain(name[1])).validate(
            load(name[0]))
    elif what == "hgrm":
        check_hgrm(name[0], name[1:])
    else:
        wrong(f"unknown: {what}")


def load_plain(name):
    with open(name, encoding="utf-8") as f:
        return json.load(f)


if __name__ == "__main__":
    main()
