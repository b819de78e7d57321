"""exit_codes.py NNC INPUTS FOLDER: 0 for what went well, 1 for mistakes in program or data, 2 for those in the command line, 3 for
defects of nnc itself; a reader that went away is no mistake."""
import os
import signal
import subprocess
import sys

nnc, inputs, folder = sys.argv[1:]
particles, drawn = os.path.join(inputs, "particles.nn"), os.path.join(inputs, "drawn.nn")


def run(*arguments, **settings):
    return subprocess.run([nnc, *arguments], capture_output="stdout" not in settings, text=True, cwd=folder, **settings)


def ends(code, *arguments):
    result = run(*arguments)
    assert result.returncode == code, (arguments, result.returncode, result.stderr)
    assert (code == 0) == (result.stderr == ""), result.stderr


with open(os.path.join(folder, "wrong.nn"), "w") as file:
    file.write("model M(x: f32[N, 3]) -> f32[N] { x }\n")
with open(os.path.join(folder, "short.csv"), "w") as file:
    file.write("a\n1\n")

ends(0, "check", particles)
ends(0, "sample", drawn, "-o", "drawn.csv")
ends(1, "check", "wrong.nn")
ends(1, "check", "absent.nn")
ends(1, "train", particles, "--data", "events=short.csv")
ends(1, "eval", "absent")
for arguments in (["chek", particles], ["check"], ["check", particles, "--deep"], ["train", particles, "Other"],
                  ["train", particles, "--seed", "x"], ["train", particles, "--set", "width"], ["train", particles, "--set", "wide=4"],
                  ["train", particles, "--set", "width=5"], ["train", particles, "--set", "width=("], ["fmt", particles],
                  ["train", particles, "--threads", "2"], []):
    ends(2, *arguments)

# A signal that only a defect sends: the program says so and asks for a report.
training = subprocess.Popen([nnc, "train", particles, "--epochs", "100000000", "--out", "run"], cwd=folder, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)
training.stderr.readline()
training.send_signal(signal.SIGSEGV)
_, told = training.communicate(timeout=60)
reported = "internal error" in told and "please report it" in told
assert training.returncode == 3 and (reported or "AddressSanitizer" in told), (training.returncode, told)

# `| head`: what is written to a pipe without a reader is lost in silence, by every command.
for arguments in (["sample", drawn], ["explain"], ["emit", particles], ["--help"], ["train", particles, "--quiet", "--out", "piped"]):
    read, write = os.pipe()
    os.close(read)
    result = run(*arguments, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert (result.returncode, result.stderr) == (0, ""), (arguments, result.returncode, result.stderr)
assert os.path.exists(os.path.join(folder, "piped", "metrics.json"))

# Standard streams may be closed: nothing that is opened later takes their place.
result = subprocess.run(["sh", "-c", f"'{nnc}' train '{particles}' --out closed --epochs 2 >&- 2>&-"], cwd=folder)
assert result.returncode == 1, result.returncode
with open(os.path.join(folder, "closed", "log.csv")) as file:
    assert len(file.readlines()) == 3
