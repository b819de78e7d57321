"""interrupt.py NNC PROGRAM RUN: interrupts a training once it is under way; it ends well and leaves a run that can be evaluated."""
import signal
import subprocess
import sys
import time

nnc, program, run = sys.argv[1:]
training = subprocess.Popen([nnc, "train", program, "--out", run, "--epochs", "100000000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
training.stderr.readline()  # an epoch is done
time.sleep(0.05)
training.send_signal(signal.SIGINT)
out, _ = training.communicate(timeout=60)
assert training.returncode == 130, training.returncode
result = next(line for line in out.split("\n") if "trainable parameters" in line)
assert result.endswith("; interrupted, what was trained until then is kept"), out
subprocess.run([nnc, "eval", run], check=True)
