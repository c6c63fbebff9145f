/* Vectors of floats as wide as the machine's, and the elementary functions on them. */

#include <stddef.h>

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif

typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef int bits __attribute__((vector_size(4 * LANES)));
typedef union { lanes f; bits i; } both;

static inline lanes all(float value) { return (lanes){0} + value; }

static inline lanes choose(bits condition, lanes yes, lanes no) {
    both a = {.f = yes}, b = {.f = no};
    a.i = (condition & a.i) | (~condition & b.i);
    return a.f;
}

static inline lanes magnitude(lanes x) {
    both u = {.f = x};
    u.i &= 0x7fffffff;
    return u.f;
}

static inline float across(lanes sums) {
    float sum = 0;
    for (int lane = 0; lane < LANES; lane++) sum += sums[lane];
    return sum;
}

/* exp(x) = scale + part, for x from -80 to 0: x = k ln 2 + r, scale = 2^k, exp(r) by its series.
   With the two apart, exp(x) - 1 is right near 0. NaN stays NaN, here and below. */
static inline lanes split_exp(lanes x, lanes *scale) {
    const float round = 12582912.0f; /* 1.5 * 2^23: what is added to it is rounded to an integer */
    both shifted = {.f = x * 1.44269504f + round};
    lanes k = shifted.f - round;
    lanes r = (x - k * 0.693145752f) - k * 1.42860677e-6f; /* ln 2 in two parts */
    lanes series = r * (1.0f / 5040) + 1.0f / 720;
    series = series * r + 1.0f / 120;
    series = series * r + 1.0f / 24;
    series = series * r + 1.0f / 6;
    series = series * r + 0.5f;
    both power = {.i = (shifted.i - 0x4b400000 + 127) << 23}; /* by the exponent */
    *scale = power.f;
    return (series * r * r + r) * power.f;
}

/* exp(x) for x up to 0; below -80, where it is 2e-35, it stays there. */
static inline lanes exp_of(lanes x) {
    lanes scale, part = split_exp(choose(x < all(-80), all(-80), x), &scale);
    return part + scale;
}

static inline lanes tanh_of(lanes x) {
    lanes scale, size = magnitude(x);
    size = choose(size > all(10), all(10), size); /* 1 from there on */
    lanes part = split_exp(-2 * size, &scale);
    lanes less = part + (scale - 1); /* exp(-2 size) - 1 */
    both sign = {.f = x}, y = {.f = -less / (less + 2)};
    y.i |= sign.i & (int)0x80000000;
    return y.f;
}

static inline lanes sigmoid_of(lanes x) {
    lanes power = exp_of(-magnitude(x));
    return choose(x < all(0), power, all(1)) / (power + 1);
}

/* ln(x) for x from 1 on: x = 2^k m with m from .7 to 1.4, and ln m by the series of artanh. */
static inline lanes log_of(lanes x) {
    both m = {.f = x};
    bits k = (m.i - 0x3f3504f3) >> 23;
    m.i -= k << 23;
    lanes s = (m.f - 1) / (m.f + 1), square = s * s;
    lanes series = square * (1.0f / 9) + 1.0f / 7;
    series = series * square + 1.0f / 5;
    series = series * square + 1.0f / 3;
    lanes found = 2 * (s + s * square * series) + __builtin_convertvector(k, lanes) * 0.693147181f;
    return choose(x - x == all(0), found, x); /* infinity and NaN stay */
}
