// Each body is written once on vectors of 16 floats; three copies are compiled, and one is chosen
// when the program runs. Sums go through 16 lanes in all of them.
#include "metrics/bert_math.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace clue::metrics {
namespace {

constexpr std::size_t kLanes = 16;
typedef float Vec __attribute__((vector_size(64), aligned(4)));
typedef int Int __attribute__((vector_size(64), aligned(4)));

#define CLUE_INLINE [[gnu::always_inline]] inline

CLUE_INLINE void load(Vec& v, const float* p) { std::memcpy(&v, p, sizeof(v)); }
CLUE_INLINE void store(float* p, const Vec& v) { std::memcpy(p, &v, sizeof(v)); }
CLUE_INLINE float lanes_sum(const Vec& v) {
  float part[kLanes];
  store(part, v);
  for (std::size_t half = kLanes / 2; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) part[i] += part[i + half];
  }
  return part[0];
}

// erf(x) = x P(x^2) / Q(x^2) for |x| <= 4, constant outside: our own least-maximum fit, 2.1e-8 off
// in exact arithmetic, 3.5e-7 in float.
CLUE_INLINE void erf_fit(Vec& x) {
  Vec c = x > 4.0F ? Vec{} + 4.0F : x;
  c = c < -4.0F ? Vec{} - 4.0F : c;
  const Vec u = c * c;
  const Vec p =
      ((((1.974829501705244e-06F * u + 0.00028804110479541123F) * u + 0.004003637470304966F) * u +
        0.05346745252609253F) *
           u +
       0.19624879956245422F) *
          u +
      1.128378987312317F;
  const Vec q =
      ((((3.748084054677747e-05F * u + 0.0012163575738668442F) * u + 0.015444406308233738F) * u +
        0.11647635698318481F) *
           u +
       0.5072521567344666F) *
          u +
      1.0F;
  x = c * p / q;
}

// e^x = 2^n e^r with |r| <= ln 2 / 2; the Taylor series of e^r to the 7th power is 5e-9 off. Below
// -87 the result is that of -87.
CLUE_INLINE void exp_fit(Vec& x) {
  x = x < -87.0F ? Vec{} - 87.0F : x;
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to a whole number
  const Vec t = x * 1.44269504088896341F + kRound;
  const Vec n = t - kRound;
  const Vec r = (x - n * 0.693145751953125F) - n * 1.42860682030941723212e-6F;
  const Vec e = ((((((r * (1 / 5040.0F) + 1 / 720.0F) * r + 1 / 120.0F) * r + 1 / 24.0F) * r +
                   1 / 6.0F) *
                      r +
                  0.5F) *
                     r +
                 1.0F) *
                    r +
                1.0F;
  x = reinterpret_cast<Vec>(reinterpret_cast<Int>(e) + (reinterpret_cast<Int>(t) << 23));
}

template <Activation kF>
CLUE_INLINE void activate_rows(float* x, std::size_t rows, std::size_t stride, const float* bias) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t i = 0; i < stride; i += kLanes) {
      float* at = x + r * stride + i;
      Vec v, b;
      load(v, at);
      load(b, bias + i);
      v += b;
      if constexpr (kF == Activation::gelu) {
        Vec e = v * 0.70710678118654752F;
        erf_fit(e);
        v = 0.5F * v * (1.0F + e);
      } else if constexpr (kF == Activation::relu) {
        v = v > 0.0F ? v : Vec{};
      } else {  // tanh(z) = 1 - 2 / (e^2z + 1)
        Vec z = 2 * 0.79788456080286536F * (v + 0.044715F * v * v * v);
        z = z > 40.0F ? Vec{} + 40.0F : z;
        exp_fit(z);
        v = 0.5F * v * (2.0F - 2.0F / (z + 1.0F));
      }
      store(at, v);
    }
  }
}

CLUE_INLINE void activate_body(Activation f, float* x, std::size_t rows, std::size_t stride,
                               const float* bias) {
  switch (f) {
    case Activation::gelu:
      return activate_rows<Activation::gelu>(x, rows, stride, bias);
    case Activation::gelu_new:
      return activate_rows<Activation::gelu_new>(x, rows, stride, bias);
    case Activation::relu:
      return activate_rows<Activation::relu>(x, rows, stride, bias);
  }
}

// A row's last, partial vector goes through `rest`, filled up with the row's first number.
CLUE_INLINE void softmax_body(float* x, std::size_t rows, std::size_t stride, std::size_t n,
                              float scale) {
  const std::size_t whole = n / kLanes * kLanes, left = n - whole;
  for (std::size_t r = 0; r < rows; ++r) {
    float* row = x + r * stride;
    float rest[kLanes];
    std::fill_n(rest, kLanes, row[0]);
    std::copy_n(row + whole, left, rest);
    Vec top, v;
    load(top, rest);
    for (std::size_t i = 0; i < whole; i += kLanes) {
      load(v, row + i);
      top = v > top ? v : top;
    }
    float tops[kLanes];
    store(tops, top);
    const float highest = *std::max_element(tops, tops + kLanes);
    Vec sum{};
    for (std::size_t i = 0; i < whole; i += kLanes) {
      load(v, row + i);
      v = (v - highest) * scale;
      exp_fit(v);
      store(row + i, v);
      sum += v;
    }
    load(v, rest);
    v = (v - highest) * scale;
    exp_fit(v);
    store(rest, v);
    std::fill(rest + left, rest + kLanes, 0.0F);
    load(v, rest);
    sum += v;
    std::copy_n(rest, left, row + whole);
    const float part = 1.0F / lanes_sum(sum);
    for (std::size_t i = 0; i < n; ++i) row[i] *= part;
  }
}

CLUE_INLINE void norm_body(const float* x, const float* bias, const float* residual,
                           const Norm& how, std::size_t rows, std::size_t width,
                           std::size_t stride, float* out) {
  const auto n = static_cast<float>(width);
  const auto behind = static_cast<float>(stride - width);
  for (std::size_t r = 0; r < rows; ++r) {
    float* row = out + r * stride;
    Vec sum{};
    for (std::size_t i = 0; i < stride; i += kLanes) {
      Vec v, add;
      load(v, x + r * stride + i);
      if (bias != nullptr) {
        load(add, bias + i);
        v += add;
      }
      load(add, residual + r * stride + i);
      v += add;
      store(row + i, v);
      sum += v;
    }
    const float mean = lanes_sum(sum) / n;
    Vec squares{};
    for (std::size_t i = 0; i < stride; i += kLanes) {
      Vec v;
      load(v, row + i);
      v -= mean;
      squares += v * v;
    }
    const float variance = (lanes_sum(squares) - behind * mean * mean) / n;
    const float scale = 1.0F / std::sqrt(variance + how.eps);
    for (std::size_t i = 0; i < stride; i += kLanes) {
      Vec v, gain, shift;
      load(v, row + i);
      load(gain, how.gain + i);
      load(shift, how.shift + i);
      v = (v - mean) * scale * gain + shift;
      store(row + i, v);
    }
  }
}

#undef CLUE_INLINE

struct Kernels {
  void (*activate)(Activation, float*, std::size_t, std::size_t, const float*);
  void (*softmax)(float*, std::size_t, std::size_t, std::size_t, float);
  void (*norm)(const float*, const float*, const float*, const Norm&, std::size_t, std::size_t,
               std::size_t, float*);
};

// One set of the three functions for each instruction set.
#define CLUE_KERNELS(NAME, TARGET)                                                               \
  namespace NAME {                                                                               \
  TARGET void activate(Activation f, float* x, std::size_t rows, std::size_t stride,             \
                       const float* bias) {                                                      \
    activate_body(f, x, rows, stride, bias);                                                     \
  }                                                                                              \
  TARGET void softmax(float* x, std::size_t rows, std::size_t stride, std::size_t n, float s) {  \
    softmax_body(x, rows, stride, n, s);                                                         \
  }                                                                                              \
  TARGET void norm(const float* x, const float* bias, const float* residual, const Norm& how,    \
                   std::size_t rows, std::size_t width, std::size_t stride, float* out) {        \
    norm_body(x, bias, residual, how, rows, width, stride, out);                                 \
  }                                                                                              \
  constexpr Kernels kAll{activate, softmax, norm};                                               \
  }

CLUE_KERNELS(plain, )
#if defined(__x86_64__)
CLUE_KERNELS(avx2, __attribute__((target("avx2,fma"))))
CLUE_KERNELS(avx512, __attribute__((target("avx512f,avx2,fma"))))
#endif
#undef CLUE_KERNELS

const Kernels& kernels() {
  static const Kernels* const chosen = [] {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return &avx512::kAll;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &avx2::kAll;
#endif
    return &plain::kAll;
  }();
  return *chosen;
}

}  // namespace

void activate(Activation f, float* x, std::size_t rows, std::size_t stride, const float* bias) {
  kernels().activate(f, x, rows, stride, bias);
}
void softmax(float* x, std::size_t rows, std::size_t stride, std::size_t n, float scale) {
  kernels().softmax(x, rows, stride, n, scale);
}
void add_and_norm(const float* x, const float* bias, const float* residual, const Norm& norm,
                  std::size_t rows, std::size_t width, std::size_t stride, float* out) {
  kernels().norm(x, bias, residual, norm, rows, width, stride, out);
}

}  // namespace clue::metrics
