"""Three events of N columns c0, c1, ... and a label: column k of row r is r + k mod 7."""
import sys

count = int(sys.argv[1])
print(",".join(f"c{k}" for k in range(count)) + ",label")
for r in range(3):
    print(",".join(str(r + k % 7) for k in range(count)) + f",{r}")
