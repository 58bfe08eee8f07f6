# Evaluation is a phase of its own within its epoch: 300 ms of each second are `eval`, and the epoch
# has the rest. Two cores are busy in training, one in evaluation.
sheet 0 cpu=3.6
poll 0 cpu_ms=0
every 100 100 700 cpu_ms=+200
every 100  800 1000 cpu_ms=+100
every 100 1100 1700 cpu_ms=+200
every 100 1800 2000 cpu_ms=+100
mark    0 epoch_begin 0
mark  700 phase_begin eval
mark 1000 phase_end eval
mark 1000 epoch_end 0
mark 1000 epoch_begin 1
mark 1700 phase_begin eval
mark 2000 phase_end eval
mark 2000 epoch_end 1
mark 2000 close
----
cpu         epoch 0         0 .. 700            0 .. 1400     v1       0.0014 measured
cpu         eval 0        700 .. 1000        1400 .. 1700     v1       0.0003 measured
cpu         epoch 1      1000 .. 1700        1700 .. 3100     v1       0.0014 measured
cpu         eval 1       1700 .. 2000        3100 .. 3400     v1       0.0003 measured

eval 0: cpu 0.0003 = 0.0003
eval 1: cpu 0.0003 = 0.0003
epoch 0: cpu 0.0014 = 0.0014
epoch 1: cpu 0.0014 = 0.0014
total: 0.0034
