# A program that says nothing of epochs: everything is `setup`, cut at least every ten seconds, and
# the sum is that of one line: ⌊0.36e9 × 25 / 3600⌋ = 2,500,000 nano-units.
sheet 0 cpu=0.36
poll 0 cpu_ms=0
every 500 500 25000 cpu_ms=+500
----
cpu         setup 0         0 .. 10000          0 .. 10000    v1        0.001 measured
cpu         setup 0     10000 .. 20000      10000 .. 20000    v1        0.001 measured
cpu         setup 0     20000 .. 25000      20000 .. 25000    v1       0.0005 measured

setup 0: cpu 0.0025 = 0.0025
total: 0.0025
