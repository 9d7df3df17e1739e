#include "sweep/rounds.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

/* splitmix64 (Steele, Lea, Flood 2014): a good shuffle needs no more. */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* 0 … bound − 1, each equally likely: what lies beyond the last full turn is drawn again. */
static uint64_t below(uint64_t *state, uint64_t bound)
{
    uint64_t most = UINT64_MAX - UINT64_MAX % bound, value;
    do
        value = next(state);
    while (value >= most);
    return value % bound;
}

void rounds_order(uint64_t seed, int round, size_t *order, size_t count)
{
    uint64_t state = seed ^ ((uint64_t)round + 1);
    state = next(&state); /* neighbouring seeds and rounds part here */
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t left = count; left > 1; left--) {
        size_t other = (size_t)below(&state, left), kept = order[left - 1];
        order[left - 1] = order[other];
        order[other] = kept;
    }
}

void rounds_add(struct rounds_sample *sample, double seconds)
{
    double difference = seconds - sample->mean; /* Welford 1962: no squares of large numbers */
    sample->runs++;
    sample->mean += difference / sample->runs;
    sample->squares += difference * (seconds - sample->mean);
}

double rounds_half_width(const struct rounds_sample *samples, size_t count, size_t base)
{
    if (count == 1)
        return 0;
    double squares = 0, widest = 0;
    int degrees = 0;
    for (size_t i = 0; i < count; i++) {
        const struct rounds_sample *s = &samples[i];
        if (s->runs == 0 || !(s->mean > 0))
            return INFINITY;
        squares += s->squares / (s->mean * s->mean);
        degrees += s->runs - 1;
        if (i != base)
            widest = fmax(widest, 1.0 / s->runs + 1.0 / samples[base].runs);
    }
    if (degrees == 0)
        return INFINITY;
    double t = gsl_cdf_tdist_Pinv(0.975, degrees);
    return expm1(t * sqrt(squares / degrees * widest));
}

struct state {
    const struct rounds_plan *plan;
    const struct rounds_steps *steps;
    struct rounds_sample *samples;
    size_t *order;
    struct rounds_result result;
    double round_began;
};

/* How many rounds will do. The width falls as the root of their number; with the budget's end in
 * sight only as many as still fit. */
static int expected_rounds(const struct state *s, double elapsed)
{
    const struct rounds_plan *plan = s->plan;
    int done = s->result.rounds;
    double wanted = plan->least;
    if (done > 0) {
        double ratio = s->result.half_width / plan->ci;
        double needed = isfinite(ratio) ? ceil(done * ratio * ratio) : INFINITY;
        double left = plan->budget_seconds - elapsed;
        double fit =
            s->result.round_seconds > 0 ? done + floor(left / s->result.round_seconds) : INFINITY;
        wanted = fmin(fmax(needed, wanted), fit);
    }
    return (int)fmin(fmax(wanted, done), 1e6);
}

static void report(const struct state *s, int round, size_t in_round)
{
    if (!s->steps->progress)
        return;
    double elapsed = s->steps->elapsed(s->steps->user);
    struct rounds_progress progress = {.round = round, .in_round = in_round};
    progress.expected = expected_rounds(s, s->result.rounds ? s->round_began : elapsed);
    if (progress.expected <= round)
        progress.expected = round + 1;
    double done = (double)round + (double)in_round / (double)s->plan->points;
    progress.fraction = fmin(done / progress.expected, 1);
    s->steps->progress(s->steps->user, &progress);
}

/* One round. False when measuring stopped. */
static bool go_round(struct state *s, int round)
{
    const struct rounds_steps *steps = s->steps;
    rounds_order(s->plan->seed, round, s->order, s->plan->points);
    for (size_t i = 0; i < s->plan->points; i++) {
        double seconds = 0;
        report(s, round, i);
        enum rounds_outcome outcome = steps->measure(steps->user, s->order[i], &seconds);
        if (outcome == ROUNDS_STOP)
            return false;
        s->result.runs++;
        if (outcome == ROUNDS_SPOILED)
            s->result.spoiled++;
        else
            rounds_add(&s->samples[s->order[i]], seconds);
    }
    return true;
}

static enum rounds_end go(struct state *s)
{
    const struct rounds_plan *plan = s->plan;
    for (int round = 0;; round++) {
        s->round_began = s->steps->elapsed(s->steps->user);
        if (!go_round(s, round))
            return ROUNDS_STOPPED;
        double now = s->steps->elapsed(s->steps->user);
        s->result.rounds = round + 1;
        s->result.round_seconds = now - s->round_began;
        s->result.half_width = rounds_half_width(s->samples, plan->points, plan->base);
        if (s->result.rounds >= plan->least && s->result.half_width <= plan->ci)
            return ROUNDS_PRECISE;
        if (now + s->result.round_seconds > plan->budget_seconds)
            return ROUNDS_BUDGET;
    }
}

struct rounds_result rounds_go(const struct rounds_plan *plan, const struct rounds_steps *steps)
{
    struct state s = {
        .plan = plan,
        .steps = steps,
        .samples = calloc(plan->points, sizeof *s.samples),
        .order = calloc(plan->points, sizeof *s.order),
        .result = {.half_width = INFINITY},
    };
    s.result.end = s.samples && s.order ? go(&s) : ROUNDS_MEMORY;
    free(s.samples);
    free(s.order);
    return s.result;
}
