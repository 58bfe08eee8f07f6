#include "model/usage.h"

namespace epochcost {

void AddPiece(std::vector<Piece>& pieces, const Piece& piece) {
  if (!pieces.empty() && pieces.back().t1 == piece.t0) {
    pieces.back().t1 = piece.t1;
    pieces.back().held += piece.held;
    return;
  }
  if (pieces.size() == kMostPieces) {
    for (std::size_t i = 0; i < kMostPieces / 2; ++i) {
      pieces[i] = {.t0 = pieces[2 * i].t0,
                   .t1 = pieces[2 * i + 1].t1,
                   .held = pieces[2 * i].held + pieces[2 * i + 1].held};
    }
    pieces.resize(kMostPieces / 2);
  }
  pieces.push_back(piece);
}

}  // namespace epochcost
