# The published formula's basis: 元 per GB of the epoch's average. Epoch 0 holds 2 GB for 0.9 s, rises
# evenly to 4 GB within 0.1 s and stays there: 3.05 GB on average at 0.05 is 0.1525, however long the
# epoch was. Epoch 1 holds 4 GB: 0.2. The usage lines carry 0; the closing lines carry the amount.
sheet 0 basis=per_epoch memory=0.05
every 100    0  900 memory_mb=2000
every 100 1000 3000 memory_mb=4000
mark    0 epoch_begin 0
mark 2000 epoch_end 0
mark 2000 epoch_begin 1
mark 3000 epoch_end 1
----
memory      epoch 0         0 .. 2000           0 .. 6100     v1            0 measured
memory      epoch 0         0 .. 2000           0 .. 6100     v1       0.1525 measured close
memory      epoch 1      2000 .. 3000        6100 .. 10100    v1            0 measured
memory      epoch 1      2000 .. 3000           0 .. 4000     v1          0.2 measured close

epoch 0: memory 0.1525 = 0.1525
epoch 1: memory 0.2 = 0.2
total: 0.3525
