#include "dataset/synth_plan.h"

#include <math.h>

/* PNG is for logos and cut-outs, which are no camera's size; and at ten times the bytes of a JPEG
 * it would be all that a run over the set measures. */
#define PNG_MAX_SIDE 900

/* Small pictures are more frequent than log-uniform sides would make them, so that the mean is
 * some 0.8 megapixel with sides up to 3000. */
#define SIDE_BEND 1.15

const struct synth_kind_spec synth_plan_kinds[SYNTH_KINDS] = {
    [SYNTH_JPEG_420] = {.share = 47, .half_chroma = true, .pillow = "RGB", .summary = "JPEG 4:2:0"},
    [SYNTH_JPEG_444] = {.share = 13, .pillow = "RGB", .summary = "JPEG 4:4:4"},
    [SYNTH_JPEG_420_PROGRESSIVE] = {.share = 8,
                                    .half_chroma = true,
                                    .progressive = true,
                                    .pillow = "RGB",
                                    .summary = "JPEG 4:2:0 progressive"},
    [SYNTH_JPEG_444_PROGRESSIVE] = {.share = 3,
                                    .progressive = true,
                                    .pillow = "RGB",
                                    .summary = "JPEG 4:4:4 progressive"},
    [SYNTH_JPEG_GRAY] = {.share = 6, .gray = true, .pillow = "L", .summary = "JPEG gray"},
    [SYNTH_PNG_RGB] = {.share = 6, .png = true, .pillow = "RGB", .summary = "PNG RGB"},
    [SYNTH_PNG_RGBA] =
        {.share = 8, .png = true, .alpha = true, .pillow = "RGBA", .summary = "PNG RGBA"},
    [SYNTH_PNG_GRAY] =
        {.share = 2, .png = true, .gray = true, .pillow = "L", .summary = "PNG gray"},
    [SYNTH_PNG_PALETTE] =
        {.share = 2, .png = true, .depth = 8, .pillow = "P", .summary = "PNG palette"},
    [SYNTH_PNG_PALETTE_ALPHA] = {.share = 2,
                                 .png = true,
                                 .alpha = true,
                                 .depth = 8,
                                 .pillow = "P",
                                 .summary = "PNG palette with tRNS"},
    [SYNTH_PNG_PALETTE_4] =
        {.share = 1, .png = true, .depth = 4, .pillow = "P", .summary = "PNG palette, 4 bit"},
    [SYNTH_PNG_PALETTE_2] =
        {.share = 1, .png = true, .depth = 2, .pillow = "P", .summary = "PNG palette, 2 bit"},
    [SYNTH_PNG_PALETTE_1] =
        {.share = 1, .png = true, .depth = 1, .pillow = "P", .summary = "PNG palette, 1 bit"},
};

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection that mixes every bit. */
static uint64_t mix(uint64_t z)
{
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void synth_plan_seed(gsl_rng *rng, uint64_t seed, uint64_t i)
{
    /* The generator takes 32 bits. Adding i, not mixing it in, keeps the pictures of one set
     * different from each other for certain. */
    gsl_rng_set(rng, (uint32_t)(mix(seed) + i));
}

/* The hundred of i is a deck, shuffled by an affine map. Its factor has no divisor in common with
 * 100, and is near 100 times the golden ratio or its complement, which spreads also the first few
 * pictures evenly over the kinds: a set of twenty has its PNGs too. */
static enum synth_kind deal(uint64_t seed, uint64_t i)
{
    static const uint8_t factors[] = {37, 39, 61, 63};
    uint64_t deck = mix(mix(seed) ^ i / 100);
    unsigned card = (unsigned)((i % 100 * factors[deck >> 62] + deck % 100) % 100);
    unsigned kind = 0;
    for (; card >= synth_plan_kinds[kind].share; kind++)
        card -= synth_plan_kinds[kind].share;
    return (enum synth_kind)kind;
}

static enum synth_style choose_style(const struct synth_kind_spec *spec, gsl_rng *rng)
{
    double u = gsl_rng_uniform(rng);
    if (spec->alpha || (spec->depth && spec->depth < 8))
        return SYNTH_PRODUCT; /* a shape to cut out; a drawing */
    return u < 0.46   ? SYNTH_PRODUCT
           : u < 0.70 ? SYNTH_STILL
           : u < 0.92 ? SYNTH_LANDSCAPE
                      : SYNTH_LIGHTS;
}

/* Short side over long side, as cameras and shops have them, some cut freely. */
static double choose_aspect(enum synth_style style, gsl_rng *rng)
{
    static const double usual[] = {1.0, 4.0 / 5, 3.0 / 4, 3.0 / 4, 2.0 / 3, 2.0 / 3, 9.0 / 16};
    double u = gsl_rng_uniform(rng);
    unsigned long pick = gsl_rng_uniform_int(rng, sizeof usual / sizeof *usual);
    if (style == SYNTH_PRODUCT && u < 0.25)
        return 1.0;
    if (u > 0.8)
        return 0.45 + 0.55 * gsl_rng_uniform(rng);
    return usual[pick];
}

static void choose_size(struct synth_plan *plan, const struct synth_options *options, gsl_rng *rng)
{
    double least = options->min_side, most = options->max_side;
    if (synth_plan_kinds[plan->kind].png)
        most = fmax(least, fmin(most, PNG_MAX_SIDE));
    double u = pow(gsl_rng_uniform(rng), SIDE_BEND);
    double longer = least * pow(most / least, u);
    double shorter = fmax(least, longer * choose_aspect(plan->style, rng));
    double wide_share = plan->style == SYNTH_LANDSCAPE ? 0.85 : 0.45;
    bool wide = gsl_rng_uniform(rng) < wide_share;
    plan->width = (uint32_t)((wide ? longer : shorter) + 0.5);
    plan->height = (uint32_t)((wide ? shorter : longer) + 0.5);
}

void synth_plan_picture(struct synth_plan *plan, const struct synth_options *options, uint64_t i,
                        gsl_rng *rng)
{
    *plan = (struct synth_plan){.kind = deal(options->seed, i)};
    plan->style = choose_style(&synth_plan_kinds[plan->kind], rng);
    choose_size(plan, options, rng);
    plan->quality = 74 + (int)gsl_rng_uniform_int(rng, 20);
}
