#ifndef EPOCHCOST_FORECAST_LSTM_TRAINING_H_
#define EPOCHCOST_FORECAST_LSTM_TRAINING_H_
/* The interface of libepochcost_lstm.so, in C: the program loads it on demand, so that libtorch is
 * mapped where a network is trained and nowhere else. Nothing of C++ crosses it. */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EPOCHCOST_LSTM_ABI 1

/* One after the other: sequence i has lengths[i] steps of `inputs` floats in `values`, and for each
 * step a target and its weight (0: not to be learnt from). */
struct epochcost_lstm_task {
  int64_t sequences;
  const int64_t* lengths;
  const int64_t* workloads;      /* 0 … known − 1 */
  const float* sequence_weights; /* one a sequence; 0: it is left out */
  const float* values;
  const float* targets;
  const float* target_weights;

  int64_t inputs;
  int64_t embedding;
  int64_t hidden;
  int64_t known;
  int64_t quantiles;
  const double* levels; /* of the quantiles */
  double output_scale;

  uint64_t seed;
  int64_t passes; /* over all sequences */
  int64_t batch;
  double step;            /* of Adam at the start; it falls to 0 along half a cosine */
  double forget_workload; /* share of sequences shown without their workload */
  double forget_phase;    /* share shown without the last three inputs, the declared phases */
  /* After each pass: its number and mean loss. Anything but 0 ends the training. May be null. */
  int (*report)(void* context, int64_t pass, double loss);
  void* context;
};

/* EPOCHCOST_LSTM_ABI of the library. */
int epochcost_lstm_abi(void);

/* Trains one network on one thread: the same task gives the same weights on the same machine and
 * libtorch. `weights` has room for the floats of Layout, `count` of them, which are filled.
 * Returns 0, or 1 with a sentence of at most `room` bytes, terminated, in `message`. */
int epochcost_lstm_train(const struct epochcost_lstm_task* task, float* weights, int64_t count,
                         char* message, int64_t room);

#ifdef __cplusplus
}
#endif
#endif
