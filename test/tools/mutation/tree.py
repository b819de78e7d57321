"""A copy of the sources in which all chosen faults are compiled in, and its build."""
import hashlib
import os
import re
import shutil
import subprocess

from mutation import cpp_faults, nn_faults

HEADER = """// Which fault is switched on: NNC_MUTANT holds its number. With NNC_MUTANT_TRACE, a file with one byte for each fault, every
// fault that is come by sets its byte.
#pragma once
#include <cstdlib>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nnc_mutant {

struct State {
  int chosen = -1;
  unsigned char* reached = nullptr;
  long count = 0;
};

inline State Read() {
  State state;
  if (const char* text = std::getenv("NNC_MUTANT")) state.chosen = std::atoi(text);
  const char* path = std::getenv("NNC_MUTANT_TRACE");
  const int file = path ? open(path, O_RDWR) : -1;
  struct stat about;
  if (file < 0 || fstat(file, &about) != 0 || about.st_size == 0) return state;
  void* memory = mmap(nullptr, static_cast<size_t>(about.st_size), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory != MAP_FAILED) state.reached = static_cast<unsigned char*>(memory), state.count = about.st_size;
  return state;
}

inline bool On(int number) {
  static const State state = Read();
  if (state.reached && number < state.count) state.reached[number] = 1;
  return state.chosen == number;
}

}  // namespace nnc_mutant
"""

# lit: every test writes its own trace; the number of the fault reaches the tests.
LIT = """import os
import sys
lit_config.load_config(config, os.path.join(os.path.dirname(__file__), "lit.cfg.py"))
if "NNC_MUTANT" in os.environ:
    config.environment["NNC_MUTANT"] = os.environ["NNC_MUTANT"]
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import traced_format
config.test_format = traced_format.Traced(execute_external=True)
"""

TRACED = """import os

import lit.formats


class Traced(lit.formats.ShTest):
    def execute(self, test, lit_config):
        if traces := os.environ.get("NNC_MUTANT_TRACES"):
            path = os.path.join(traces, "%".join(test.path_in_suite))
            with open(path, "wb") as file:
                file.write(bytes(int(os.environ["NNC_MUTANT_COUNT"])))
            test.config.environment["NNC_MUTANT_TRACE"] = path
        return super().execute(test, lit_config)
"""


def sources(root, only):
    """The files that faults are put into, as paths below the root."""
    listed = subprocess.run(["git", "ls-files", "compiler", "runtime", "stdlib"], cwd=root, capture_output=True, text=True, check=True).stdout.split()
    wanted = [f for f in listed if f.endswith(".cpp") or re.fullmatch(r"stdlib/\w+\.nn", f)]
    return [f for f in wanted if not only or any(f.startswith(o) for o in only)]


def folder_of(file):
    parts = file.split("/")
    return "/".join(parts[:2]) if parts[0] == "compiler" else parts[0]


def regions_of(root, file):
    text = open(os.path.join(root, file)).read()
    return (nn_faults if file.endswith(".nn") else cpp_faults).regions(file, text)


class Tree:
    def __init__(self, root, place):
        self.root, self.place = root, place
        self.originals = os.path.join(place, "..", "originals")  # of the sources that faults are put into, as they were copied
        self.build_folder = os.path.join(place, "build", "release")

    def copy(self):
        """Brings the copy up to date with the working tree; files that did not change keep their times."""
        listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=self.root, capture_output=True,
                                text=True, check=True).stdout.split("\n")
        for file in filter(None, listed):
            source, target = os.path.join(self.root, file), os.path.join(self.place, file)
            if not os.path.isfile(source):
                continue
            if self.takes_faults(file):  # these are written by `write`
                target = os.path.join(self.originals, file)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            self.put(target, open(source, "rb").read())
            shutil.copymode(source, target)
        self.put(os.path.join(self.place, "nnc_mutant.h"), HEADER.encode())
        self.put(os.path.join(self.place, "test", "lit.site.cfg.py"), LIT.encode())
        self.put(os.path.join(self.place, "test", "traced_format.py"), TRACED.encode())

    @staticmethod
    def takes_faults(file):
        return file.endswith(".cpp") and file.startswith(("compiler/", "runtime/"))

    @staticmethod
    def put(path, content):
        if not os.path.exists(path) or open(path, "rb").read() != content:
            open(path, "wb").write(content)

    def write(self, faults, leave=()):
        """The copy's C++ sources with the faults compiled in, but those to leave."""
        by_file = {}
        for fault in faults:
            by_file.setdefault(fault.file, []).append(fault)
        for file in filter(self.takes_faults, sources(self.root, None)):
            if file in leave:
                continue
            text = open(os.path.join(self.originals, file)).read()
            target = os.path.join(self.place, file)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            self.put(target, (cpp_faults.rewritten(text, by_file[file]) if file in by_file else text).encode())

    def build(self, faults, targets=()):
        """Builds all, or these targets; leaves out the faults that do not compile. Returns those that do."""
        while True:
            self.write(faults)
            if not os.path.exists(os.path.join(self.build_folder, "build.ninja")):
                subprocess.run(["cmake", "--preset", "release", "-DNNC_TESTS=ON"], cwd=self.place, check=True, stdout=subprocess.DEVNULL)
            done = subprocess.run(["ninja", "-C", self.build_folder, "-k", "0", *targets], capture_output=True, text=True)
            if done.returncode == 0:
                return faults
            bad = self.culprits(done.stdout + done.stderr, faults)
            if not bad:
                print(done.stdout[-6000:])
                raise SystemExit("the tree does not build, and no fault is to blame")
            print(f"{len(bad)} faults do not compile and are left out")
            faults = [f for f in faults if f.number not in bad]

    def key(self, faults):
        """Names the built sources: traces of other sources do not count."""
        digest = hashlib.sha256(repr(faults).encode())
        for file in sources(self.root, None):
            digest.update(open(os.path.join(self.place, file), "rb").read())
        return digest.hexdigest()[:16]

    @staticmethod
    def culprits(output, faults):
        places = re.findall(r"((?:compiler|runtime)/[\w/]+\.cpp):(\d+):\d+: +(?:error|fatal error|required from)", output)
        wrong = {(file, int(line) - 1) for file, line in places}
        bad = {f.number for f in faults if any(file == f.file and f.line <= line <= f.last_line for file, line in wrong)}
        if bad:
            return bad
        files = {f"{folder}/{name}" for folder, name in re.findall(r"FAILED: ([\w/]+)/CMakeFiles/\w+\.dir/(\w+\.cpp)\.o", output)}
        return {f.number for f in faults if f.file in files}
