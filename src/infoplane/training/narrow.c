/* The gradients of narrow multilayer perceptrons, a block of samples at a time.

   All layers of a block stay in the first cache, where layer after layer writes every activation to
   memory and reads it back. Vectors run along the samples, so that a weight is one scalar. A
   member's sums are taken in an order that depends on the samples alone: it gets the same bits
   alone and among others, on one thread or many. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lanes.h"

#define VECTORS 4 /* to a block: as many sums are under way at once */
#define BLOCK (LANES * VECTORS)

typedef struct { lanes of[VECTORS]; } block;

enum activation { LINEAR, TANH, RELU, HARD_TANH, SOFTSIGN, SIGMOID };
enum loss { CROSS_ENTROPY, BINARY_CROSS_ENTROPY };

struct task {
    int layers;               /* of weights: hidden ones and the readout */
    int activation;           /* of the hidden layers */
    int loss;
    float smoothing;          /* of the labels */
    float scale;              /* of losses and gradients */
    const int *widths;        /* [layers + 1]: inputs, hidden layers, classes */
    ptrdiff_t n;              /* samples */
    const float *inputs;      /* [n, in] of each member */
    ptrdiff_t inputs_stride;  /* from one member to the next; 0 where all share them */
    const int64_t *targets;   /* [n] of each member */
    ptrdiff_t targets_stride;
};

struct parameters {
    float *const *weights; /* of each layer [K, out, in] */
    float *const *biases;  /* of each layer [K, out], or NULL */
};

static inline lanes activate(int kind, lanes x) {
    switch (kind) {
    case TANH: return tanh_of(x);
    case RELU: return choose(x <= all(0), all(0), x);
    case HARD_TANH: return choose(x > all(1), all(1), choose(x < all(-1), all(-1), x));
    case SOFTSIGN: return x / (magnitude(x) + 1);
    case SIGMOID: return sigmoid_of(x);
    default: return x;
    }
}

/* The derivative, from the value: all activations here have one that it determines. */
static inline lanes slope(int kind, lanes y) {
    switch (kind) {
    case TANH: return 1 - y * y;
    case RELU: return choose(y > all(0), all(1), all(0));
    case HARD_TANH: return choose(magnitude(y) < all(1), all(1), all(0));
    case SOFTSIGN: return (1 - magnitude(y)) * (1 - magnitude(y));
    case SIGMOID: return y * (1 - y);
    default: return all(1);
    }
}

/* Fill a block with samples; the last stands for those beyond the end. */
static void load(block *h, const float *x, int width, ptrdiff_t count) {
    float *rows = (float *)h;
    for (ptrdiff_t s = 0; s < BLOCK; s++) {
        const float *sample = x + (s < count ? s : count - 1) * width;
        for (int i = 0; i < width; i++) rows[i * BLOCK + s] = sample[i];
    }
}

/* Compute the activations of all layers, which follow upon those of the inputs; return the last. */
static block *forward(
    const struct task *task, const struct parameters *given, ptrdiff_t k, block *h
) {
    for (int l = 0; l < task->layers; l++) {
        int in = task->widths[l], out = task->widths[l + 1];
        const float *weight = given->weights[l] + k * in * out;
        const float *bias = given->biases ? given->biases[l] + k * out : NULL;
        int kind = l < task->layers - 1 ? task->activation : LINEAR;
        block *y = h + in;
        for (int j = 0; j < out; j++) {
            block sum;
            for (int v = 0; v < VECTORS; v++) sum.of[v] = all(bias ? bias[j] : 0);
            for (int i = 0; i < in; i++)
                for (int v = 0; v < VECTORS; v++) sum.of[v] += weight[j * in + i] * h[i].of[v];
            for (int v = 0; v < VECTORS; v++) y[j].of[v] = activate(kind, sum.of[v]);
        }
        h = y;
    }
    return h;
}

/* Return the losses of vector v of a block by its labels y, and write the derivatives by the logits
   z to d. */
static inline lanes differentiate(
    const struct task *task, const block *z, block *d, bits y, int v
) {
    int classes = task->widths[task->layers];
    float rest = task->smoothing / (float)classes, own = 1 - task->smoothing + rest;
    lanes loss = all(0), sum = all(0), most = z[0].of[v];
    if (task->loss == CROSS_ENTROPY) {
        for (int c = 1; c < classes; c++) most = choose(z[c].of[v] > most, z[c].of[v], most);
        for (int c = 0; c < classes; c++) sum += d[c].of[v] = exp_of(z[c].of[v] - most);
        loss = log_of(sum);
    }
    for (int c = 0; c < classes; c++) {
        lanes target = choose(y == c, all(own), all(rest)), x = z[c].of[v];
        if (task->loss == CROSS_ENTROPY) {
            loss += choose(target == all(0), all(0), (most - x) * target);
            d[c].of[v] = d[c].of[v] / sum - target;
        } else {
            lanes above = choose(x < all(0), all(0), x);
            loss += (above - x * target + log_of(1 + exp_of(-magnitude(x)))) / (float)classes;
            d[c].of[v] = (sigmoid_of(x) - target) / (float)classes;
        }
    }
    return loss;
}

/* As differentiate, of a whole block, of which count samples are there. */
static lanes start(
    const struct task *task, const block *z, block *d, const int64_t *targets, ptrdiff_t count
) {
    lanes total = all(0);
    for (int v = 0; v < VECTORS; v++) {
        bits y = {0};
        lanes there = all(0);
        for (int lane = 0; lane < LANES && v * LANES + lane < count; lane++) {
            y[lane] = targets[v * LANES + lane];
            there[lane] = 1;
        }
        total += there * differentiate(task, z, d, y, v);
        for (int c = 0; c < task->widths[task->layers]; c++) d[c].of[v] *= there;
    }
    return total;
}

/* Add a block's gradient of the weights and biases of a layer, lane by lane. */
static void collect(lanes *sums, int in, int out, const block *below, const block *d) {
    for (int j = 0; j < out; j++) {
        for (int i = 0; i < in; i++, sums++) {
            lanes sum = *sums;
            for (int v = 0; v < VECTORS; v++) sum += d[j].of[v] * below[i].of[v];
            *sums = sum;
        }
        for (int v = 0; v < VECTORS; v++) *sums += d[j].of[v];
        sums++;
    }
}

/* Take the gradient d of a layer's sums to those of the layer below, whose activations are y. */
static void descend(
    block *below, int in, int out, const float *weight, const block *d, const block *y, int kind
) {
    for (int i = 0; i < in; i++) {
        block sum = {0};
        for (int j = 0; j < out; j++)
            for (int v = 0; v < VECTORS; v++) sum.of[v] += weight[j * in + i] * d[j].of[v];
        for (int v = 0; v < VECTORS; v++) below[i].of[v] = sum.of[v] * slope(kind, y[i].of[v]);
    }
}

/* Go down all layers of a block, from the logits y and their derivatives d. */
static void backward(
    const struct task *task, const struct parameters *given, ptrdiff_t k, lanes *sums, block *y,
    block *d
) {
    for (int l = task->layers - 1; l >= 0; l--) {
        int in = task->widths[l], out = task->widths[l + 1];
        sums -= (in + 1) * out;
        y -= in;
        collect(sums, in, out, y, d);
        const float *weight = given->weights[l] + k * in * out;
        if (l > 0) descend(d - in, in, out, weight, d, y, task->activation);
        d -= in;
    }
}

/* Add the gradients of member k, summed over all blocks. */
static void add(
    const struct task *task, const struct parameters *to, ptrdiff_t k, const lanes *sums
) {
    for (int l = 0; l < task->layers; l++) {
        ptrdiff_t in = task->widths[l], out = task->widths[l + 1];
        for (ptrdiff_t j = k * out; j < (k + 1) * out; j++) {
            for (ptrdiff_t i = 0; i < in; i++)
                to->weights[l][j * in + i] += task->scale * across(*sums++);
            if (to->biases) to->biases[l][j] += task->scale * across(*sums);
            sums++;
        }
    }
}

/* Write the squares of a block of features [width], summed over these, for count samples. */
static void square(float *squared, const block *features, int width, ptrdiff_t count) {
    block sum = {0};
    for (int i = 0; i < width; i++)
        for (int v = 0; v < VECTORS; v++) sum.of[v] += features[i].of[v] * features[i].of[v];
    memcpy(squared, &sum, count * sizeof(float));
}

/* For the members from first to before last: write their logits [K, classes, n], the squared norms
   [K, n] of what the readout is given and the sums of their losses [K], and add the gradients of
   these. Returns 1 where there is no memory, else 0. */
int add_gradients(
    const struct task *task, const struct parameters *given, ptrdiff_t first, ptrdiff_t last,
    float *logits, float *squared, float *losses, const struct parameters *to
) {
    const int *widths = task->widths, classes = widths[task->layers];
    const int features = widths[task->layers - 1];
    ptrdiff_t units = widths[0], count = 0, n = task->n;
    for (int l = 1; l <= task->layers; l++) {
        units += widths[l];
        count += (widths[l - 1] + 1) * widths[l];
    }
    block *h = aligned_alloc(sizeof(lanes), units * sizeof(block));
    block *d = aligned_alloc(sizeof(lanes), units * sizeof(block));
    lanes *sums = aligned_alloc(sizeof(lanes), count * sizeof(lanes));
    int failed = !h || !d || !sums;
    for (ptrdiff_t k = first; k < last && !failed; k++) {
        lanes loss = all(0);
        memset(sums, 0, count * sizeof(lanes));
        for (ptrdiff_t s = 0; s < n; s += BLOCK) {
            ptrdiff_t some = n - s < BLOCK ? n - s : BLOCK;
            load(h, task->inputs + k * task->inputs_stride + s * widths[0], widths[0], some);
            block *z = forward(task, given, k, h), *top = d + (z - h);
            for (int c = 0; c < classes; c++)
                memcpy(logits + (k * classes + c) * n + s, z + c, some * sizeof(float));
            square(squared + k * n + s, z - features, features, some);
            loss += start(task, z, top, task->targets + k * task->targets_stride + s, some);
            backward(task, given, k, sums + count, z, top);
        }
        losses[k] = task->scale * across(loss);
        add(task, to, k, sums);
    }
    free(h);
    free(d);
    free(sums);
    return failed;
}
