# A program that says nothing of epochs: everything is `setup`, cut at least every ten seconds, and
# the sum is that of one line: ⌊0.36e9 × 25 / 3600⌋ = 2,500,000 nano-units.
sheet 0 cpu=0.36
every 500 0 25000 cpu_ms=+500
----
