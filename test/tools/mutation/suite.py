"""The tests of a tree: which there are, what each comes by, and running those that can notice one fault."""
import glob
import hashlib
import json
import os
import re
import subprocess
import time

LIT = ["/usr/bin/python3", "/usr/lib/llvm-19/build/utils/lit/lit.py"]
NEAREST = {"compiler/passes": ["passes", "differentiate"], "compiler/sema": ["library"], "stdlib": ["library"]}
FAST = 3.0  # seconds: unit tests that take longer come after the lit tests


def folder_hash(paths):
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(open(path, "rb").read())
    return digest.hexdigest()[:16]


class Suite:
    def __init__(self, tree, count, jobs):
        self.tree, self.count, self.jobs = tree, count, jobs
        self.known = os.path.join(tree.place, "..", "traces.json")
        self.tests = json.load(open(self.known)) if os.path.exists(self.known) else {}  # name -> {key, seconds, reached, good}
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("NNC_MUTANT")}
        self.environment["NNC"] = os.path.join(tree.build_folder, "bin", "nnc")
        self.environment["NNC_TEST_OUT"] = os.path.join(tree.place, "build", "lit")

    def binaries(self):
        return sorted(glob.glob(os.path.join(self.tree.build_folder, "bin", "unit_*")))

    def trace(self, sources_key, near=None):
        """Runs every new or changed test once, by itself, and notes its time and the faults it comes by. `near`: only the unit tests
        nearest to these folders."""
        present = set()
        wanted = {"unit_" + n for folder in near or [] for n in NEAREST.get(folder, [folder.split("/")[-1]])}
        for binary in self.binaries():
            name = os.path.basename(binary)
            if near is not None and name not in wanted:
                continue
            folder = os.path.join(self.tree.place, "test", "unit", name[5:])
            key = sources_key + folder_hash(glob.glob(folder + "/*.cpp") + glob.glob(folder + "/*.h") + glob.glob(self.tree.place + "/test/tools/*.cpp"))
            for test in self.listed(binary):
                present.add(f"{name}:{test}")
                if self.tests.get(f"{name}:{test}", {}).get("key") != key:
                    self.trace_unit(binary, test, key)
        if near is None:
            present |= self.trace_lit(sources_key)
        json.dump(self.tests, open(self.known, "w"))
        self.tests = {name: about for name, about in self.tests.items() if name in present}
        bad = [name for name, about in self.tests.items() if not about["good"]]
        for name in bad:
            print("fails without any fault, and is left out:", name)

    def listed(self, binary):
        suite, found = "", []
        for line in subprocess.run([binary, "--gtest_list_tests"], capture_output=True, text=True, env=self.environment).stdout.split("\n"):
            line = line.split("#")[0].rstrip()
            if line and not line.startswith(" "):
                suite = line
            elif line.strip() and suite.endswith("."):
                found.append(suite + line.strip())
        return found

    def trace_unit(self, binary, test, key):
        path = os.path.join(self.tree.place, "trace")
        open(path, "wb").write(bytes(self.count))
        start = time.time()
        done = subprocess.run([binary, "--gtest_filter=" + test], env=self.environment | {"NNC_MUTANT_TRACE": path}, capture_output=True, cwd=self.tree.place)
        reached = [i for i, byte in enumerate(open(path, "rb").read()) if byte]
        self.tests[os.path.basename(binary) + ":" + test] = {"key": key, "seconds": time.time() - start, "reached": reached, "good": done.returncode == 0}

    def trace_lit(self, sources_key):
        traces = os.path.join(self.tree.place, "traces")
        os.makedirs(traces, exist_ok=True)
        listed = subprocess.run(LIT + ["--show-tests", "test"], capture_output=True, text=True, env=self.environment, cwd=self.tree.place).stdout
        names = re.findall(r":: (\S+)", listed)
        inputs = folder_hash(glob.glob(self.tree.place + "/test/tools/*.py"))
        keys = {name: sources_key + inputs + folder_hash([os.path.join(self.tree.place, "test", name)]) for name in names}
        new = [name for name in names if self.tests.get("lit:" + name, {}).get("key") != keys[name]]
        if new:
            output = os.path.join(self.tree.place, "lit.json")
            environment = self.environment | {"NNC_MUTANT_TRACES": traces, "NNC_MUTANT_COUNT": str(self.count)}
            subprocess.run(LIT + ["-q", f"-j{self.jobs}", "--timeout=600", "--output", output] + ["test/" + name for name in new], env=environment,
                           cwd=self.tree.place, capture_output=True)
            for test in json.load(open(output))["tests"]:
                name = test["name"].split(" :: ")[1]
                path = os.path.join(traces, name.replace("/", "%"))
                reached = [i for i, byte in enumerate(open(path, "rb").read()) if byte] if os.path.exists(path) else []
                if name in keys:
                    self.tests["lit:" + name] = {"key": keys[name], "seconds": test["elapsed"] or 0, "reached": reached,
                                                 "good": test["code"] in ("PASS", "UNSUPPORTED", "XFAIL")}
        return {"lit:" + name for name in names}

    def chosen(self, names):
        """Tests by binary, and the lit tests from quick to slow."""
        good = [n for n in names if self.tests[n]["good"]]
        units = {}
        for name in good:
            if not name.startswith("lit:"):
                binary, test = name.split(":", 1)
                units.setdefault(binary, []).append(test)
        lit = sorted((n for n in good if n.startswith("lit:")), key=lambda n: self.tests[n]["seconds"])
        return units, [n[4:] for n in lit]

    def portions(self, folder, names):
        """What to run one after the other: the nearest unit tests, the quick ones, lit tests in growing portions, the slow ones."""
        units, lit = self.chosen(names)
        nearest = ["unit_" + n for n in NEAREST.get(folder, [folder.split("/")[-1]])]
        cost = {b: sum(self.tests[f"{b}:{t}"]["seconds"] for t in tests) for b, tests in units.items()}
        order = sorted(units, key=lambda b: (b not in nearest, cost[b]))
        quick = [b for b in order if cost[b] < FAST or b in nearest]
        yield from ((b, units[b], cost[b]) for b in quick)
        own = "stdlib/" if folder == "stdlib" else folder.split("/")[-1] + "/"
        lit.sort(key=lambda n: (not n.startswith(own) or self.tests["lit:" + n]["seconds"] > 1))
        sizes = [8, 24, 60, 100]
        while lit:
            size = sizes.pop(0) if sizes else len(lit)
            yield "lit", lit[:size], sum(self.tests["lit:" + n]["seconds"] for n in lit[:size])
            lit = lit[size:]
        yield from ((b, units[b], cost[b]) for b in order if b not in quick)

    def outcome(self, fault, names, budget=None):
        """("found" or "timeout", by what), or ("survived", why it could). Past the budget of seconds no further portion is begun."""
        if not names:
            return "survived", "no test comes by"
        start = time.time()
        environment = self.environment | {"NNC_MUTANT": str(fault.number)}
        for runner, tests, cost in self.portions(fault.folder, names):
            if budget and time.time() - start > budget:
                return "survived", "not all tests were run"
            limit = 20 + 10 * cost
            if runner == "lit":
                slowest = max(self.tests["lit:" + t]["seconds"] for t in tests)
                command = LIT + ["-v", f"-j{self.jobs}", "--max-failures=1", f"--timeout={int(20 + 10 * slowest)}"] + ["test/" + t for t in tests]
            else:
                command = [os.path.join(self.tree.build_folder, "bin", runner), "--gtest_fail_fast", "--gtest_brief=1", "--gtest_filter=" + ":".join(tests)]
            try:
                done = subprocess.run(command, env=environment, cwd=self.tree.place, capture_output=True, timeout=limit, text=True, errors="replace")
            except subprocess.TimeoutExpired:
                return "timeout", runner
            if done.returncode != 0:
                if "Reached timeout" in done.stdout or "TIMEOUT:" in done.stdout:
                    return "timeout", runner
                named = re.search(r"FAIL: nnc :: (\S+)|\[  FAILED  \] ([\w./]+)", done.stdout)
                return "found", runner + ":" + ((named.group(1) or named.group(2)) if named else f"exit {done.returncode}")
        return "survived", f"{len(names)} tests come by"
