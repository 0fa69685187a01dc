// What the peers' worker calls of the PDQ reference and does itself besides:
// nothing but the two calls that the C++ command line tool makes for a decoded
// picture, behind a C interface. Built by bench/peers/setup with the sources
// that come with the package pdqhash.

#include <cstdint>
#include <vector>

#include "pdq/cpp/common/pdqhashtypes.cpp"
#include "pdq/cpp/downscaling/downscaling.cpp"
#include "pdq/cpp/hashing/pdqhashing.cpp"
#include "pdq/cpp/hashing/torben.cpp"

using namespace facebook::pdq::hashing;

// reference_hash hashes rows of RGB bytes. word i of the hash is words[i]. The
// buffers are kept, so that getting fresh memory is not in the times.
extern "C" int reference_hash(uint8_t* rgb, int width, int height, uint16_t* words) {
  static std::vector<float> luma, spare;
  luma.resize(size_t(width) * height);
  spare.resize(size_t(width) * height);
  fillFloatLumaFromRGB(rgb, rgb + 1, rgb + 2, height, width, 3 * width, 3, luma.data());
  float b64[64][64], b16x64[16][64], b16[16][16];
  Hash256 hash;
  int quality;
  pdqHash256FromFloatLuma(luma.data(), spare.data(), height, width, b64, b16x64, b16, hash, quality);
  for (int i = 0; i < 16; i++) words[i] = hash.w[i];
  return quality;
}
