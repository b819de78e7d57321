"""How lit runs the tests of this folder. scripts/test.sh sets NNC; by hand, `lit.py test/ir` uses build/release.

Substitutions: %nnc; %data, the folder of real data; %root, the project's root; and the tools of test/tools: %close (columns of numbers
agree), %metric (conditions on a run's figures), %weights (conditions on stored tensors), %snippets (programs in a text run), %transcripts (a text shows what commands print), %follow (a program with the source that a message writes out).
FileCheck is on the path, and so is `not`, that of test/tools/bin: a defect of nnc is no failure that a test may expect. A test of real data says `REQUIRES: data`, one that builds a C++ host `REQUIRES: host-compiler`.
"""
import os
import shutil

import lit.formats

config.name = "nnc"
config.test_source_root = os.path.dirname(__file__)
root = os.path.dirname(config.test_source_root)
nnc = os.environ.get("NNC", os.path.join(root, "build", "release", "bin", "nnc"))
config.test_exec_root = os.environ.get("NNC_TEST_OUT", os.path.join(root, "build", "lit"))
config.test_format = lit.formats.ShTest(execute_external=True)
config.suffixes = [".test", ".nn", ".nnir"]
config.excludes = ["unit", "tools", "fuzz", "Inputs", "inputs"]

llvm = "/usr/lib/llvm-19/bin"
data = os.environ.get("NNC_DATA", os.path.join(os.path.dirname(root), "shared", "data"))
config.environment["PATH"] = os.pathsep.join([os.path.join(config.test_source_root, "tools", "bin"), llvm, os.environ.get("PATH", "")])
config.environment["NNC_DATA"] = data
config.environment["CMAKE_GENERATOR"] = "Ninja"
for name in ("HOME", "CCACHE_DIR", "TMPDIR", "LANG", "CI", "ASAN_OPTIONS", "UBSAN_OPTIONS", "NNC_CHECK_BUFFERS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

config.substitutions.append(("%nnc", nnc))
config.substitutions.append(("%data", data))
config.substitutions.append(("%root", root))
for tool in ("close", "metric", "weights", "snippets", "transcripts", "follow"):
    config.substitutions.append(("%" + tool, "python3 " + os.path.join(config.test_source_root, "tools", tool + ".py")))

if os.path.isdir(data):
    config.available_features.add("data")
if "ASAN_OPTIONS" not in os.environ:
    config.available_features.add("plain-addresses")  # an address sanitizer's shadow leaves no limit to set
if shutil.which("cmake") and shutil.which("c++"):
    config.available_features.add("host-compiler")
