# The published formula's basis: 元 per GB of the epoch's average. Epoch 0 holds 2 GB and then 4 GB
# for as long: 3 GB on average at 0.05 is 0.15, however long the epoch was. Epoch 1 holds 4 GB: 0.2.
# The usage lines carry 0; the closing line carries the amount.
sheet 0 basis=per_epoch memory=0.05
every 100    0  900 memory_mb=2000
every 100 1000 3000 memory_mb=4000
mark    0 epoch_begin 0
mark 2000 epoch_end 0
mark 2000 epoch_begin 1
mark 3000 epoch_end 1
----
