#ifndef EPOCHCOST_ESTIMATE_ONNX_ONNX_INTERFACE_H_
#define EPOCHCOST_ESTIMATE_ONNX_ONNX_INTERFACE_H_
/* The interface of libepochcost_onnx.so, in C: the program loads it on demand, so that the ONNX
 * library and protobuf are mapped where an ONNX file is read and nowhere else. Nothing of C++
 * crosses it. */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EPOCHCOST_ONNX_ABI 1

enum epochcost_onnx_outcome {
  EPOCHCOST_ONNX_READ = 0,      /* text: a graph, as the file that ciuic_sdk.describe writes */
  EPOCHCOST_ONNX_NO_MODEL = 1,  /* the bytes are no ONNX model; text: why */
  EPOCHCOST_ONNX_FREE_SIZE = 2, /* text: "input[2] = 'time'", a size that is not said */
  EPOCHCOST_ONNX_NO_SHAPES = 3, /* shapes cannot be inferred; text: the library's words */
  EPOCHCOST_ONNX_NO_SHAPE = 4,  /* text: the node, one of whose shapes stays unknown */
  EPOCHCOST_ONNX_NOTHING = 5,   /* no operator is counted; text: those that are there */
  EPOCHCOST_ONNX_FAULT = 6      /* anything else; text: what was thrown */
};

/* EPOCHCOST_ONNX_ABI of the library. */
int epochcost_onnx_abi(void);

/* Reads a model of `size` bytes. `sequence` stands for each free size behind an input's first,
 * which is the batch; 0: none is given. `text` is always set, terminated, and belongs to the
 * caller. */
enum epochcost_onnx_outcome epochcost_onnx_read(const char* bytes, int64_t size, int64_t sequence,
                                                char** text);
void epochcost_onnx_free(char* text);

#ifdef __cplusplus
}
#endif
#endif
