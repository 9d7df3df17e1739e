#include "dataset/synth_paint.h"

#include <math.h>
#include <string.h>

struct span {
    uint32_t first, end;
};

/* Ternaries, as fminf and fmaxf are calls that keep a loop from being vectorised. */
static inline float clamp(float x, float low, float high)
{
    x = x < low ? low : x;
    return x > high ? high : x;
}

static float *take(float **next, uint32_t width)
{
    float *row = *next;
    *next += buffer_align(width * sizeof(float)) / sizeof(float);
    return row;
}

static size_t row_floats(uint32_t width)
{
    return buffer_align(width * sizeof(float)) / sizeof(float);
}

/* A ridge line is a row of noise of its own; the storage is that of the cloth, still unused. */
static void make_ridges(struct synth_painter *painter, float *storage)
{
    const struct synth_scene *scene = painter->scene;
    for (uint32_t i = 0; i < scene->ridges; i++) {
        const struct synth_ridge *ridge = &scene->ridge[i];
        synth_noise_setup(&painter->cloth, storage, scene->width, &scene->skyline, ridge->seed);
        synth_noise_row(&painter->cloth, 0, painter->ridge[i]);
        float mean = (1.0f - ridge->height) * (float)scene->height;
        for (uint32_t x = 0; x < scene->width; x++)
            painter->ridge[i][x] = mean + ridge->swing * painter->ridge[i][x];
    }
}

bool synth_paint_begin(struct synth_painter *painter, const struct synth_scene *scene)
{
    enum { ROWS = 4 + 3 + SYNTH_RIDGES + 6 };
    uint32_t width = scene->width;
    size_t noise = synth_noise_floats(width), rows = (ROWS + 1) * row_floats(width);
    painter->scene = NULL;
    if (!buffer_reserve(&painter->memory, (rows + 3 * noise) * sizeof(float)))
        return false;
    float *next = (float *)painter->memory.data;
    painter->scene = scene;
    painter->pixels = (uint8_t *)take(&next, width); /* four bytes a pixel, as a float has */
    for (int c = 0; c < 3; c++)
        painter->color[c] = take(&next, width);
    for (int i = 0; i < SYNTH_RIDGES; i++)
        painter->ridge[i] = take(&next, width);
    painter->alpha = take(&next, width);
    painter->ground_row = take(&next, width), painter->cloth_row = take(&next, width);
    painter->drift_row = take(&next, width);
    painter->u = take(&next, width), painter->v = take(&next, width);
    painter->cover = take(&next, width), painter->ink = take(&next, width);
    painter->tone = take(&next, width), painter->shine = take(&next, width);
    struct synth_noise_look drift = {
        .coarse = (float)width / 2.0f + 1.0f, .fine = (float)width / 5.0f, .persistence = 0.6f};
    drift.stretch = 1.0f;
    make_ridges(painter, next + noise);
    synth_noise_setup(&painter->ground, next, width, &scene->ground, scene->seed);
    synth_noise_setup(&painter->cloth, next + noise, width, &scene->cloth, ~scene->seed);
    synth_noise_setup(&painter->drift, next + 2 * noise, width, &drift, scene->seed ^ 0x5a5a5a5a);
    painter->cloth_y = UINT32_MAX;
    return true;
}

void synth_paint_free(struct synth_painter *painter)
{
    buffer_free(&painter->memory);
    *painter = (struct synth_painter){0};
}

static const float *cloth(struct synth_painter *painter, uint32_t y)
{
    if (painter->cloth_y != y)
        synth_noise_row(&painter->cloth, y, painter->cloth_row);
    painter->cloth_y = y;
    return painter->cloth_row;
}

static void paint_backdrop(struct synth_painter *painter, uint32_t y)
{
    const struct synth_scene *scene = painter->scene;
    const struct synth_backdrop *back = &scene->backdrop;
    uint32_t width = scene->width;
    float down = ((float)y + 0.5f) / (float)scene->height, across = 2.0f / (float)width;
    bool sky = down < back->horizon;
    float t = sky ? down / back->horizon : (down - back->horizon) / (1.0f - back->horizon);
    float off = 2.0f * down - 1.0f, dark = 1.0f - 0.5f * back->vignette * off * off;
    float clouds = sky ? back->clouds * (1.0f - t * t) : 0.0f;
    const float *restrict ground = painter->ground_row, *restrict drift = painter->drift_row;
    float *restrict tone = painter->tone;
    for (uint32_t x = 0; x < width; x++) {
        float s = (float)(int32_t)x * across - 1.0f;
        tone[x] = dark - 0.5f * back->vignette * s * s + 0.5f * back->side * s;
    }
    for (int c = 0; c < 3; c++) {
        float from = sky ? back->top[c] : back->middle[c];
        float base = from + ((sky ? back->middle[c] : back->bottom[c]) - from) * t;
        float tint = c == 1 ? 0.0f : c == 0 ? scene->tint : -scene->tint;
        float *restrict out = painter->color[c];
        for (uint32_t x = 0; x < width; x++) {
            float white = clouds * clamp(ground[x], 0.0f, 1.5f);
            float value = base + (250.0f - base) * clamp(white, 0.0f, 1.0f);
            out[x] = value * tone[x] + back->texture * ground[x] + tint * drift[x];
        }
    }
    for (uint32_t x = 0; x < width; x++)
        painter->alpha[x] = (float)back->alpha;
}

static void paint_ridge(struct synth_painter *painter, uint32_t i, uint32_t y)
{
    const struct synth_ridge *ridge = &painter->scene->ridge[i];
    const float *restrict line = painter->ridge[i], *restrict ground = painter->ground_row;
    uint32_t width = painter->scene->width;
    float row = (float)y + 0.5f;
    float *restrict cover = painter->cover;
    bool any = false;
    for (uint32_t x = 0; x < width; x++) {
        cover[x] = clamp(row - line[x], 0.0f, 1.0f);
        any |= cover[x] > 0.0f;
    }
    if (!any)
        return;
    for (int c = 0; c < 3; c++) {
        float *restrict out = painter->color[c];
        for (uint32_t x = 0; x < width; x++)
            out[x] += cover[x] * (ridge->color[c] + ridge->texture * ground[x] - out[x]);
    }
}

/* Narrows [low, high) to the x with |a·x + b| ≤ reach. */
static void narrow(float a, float b, float reach, float *low, float *high)
{
    if (fabsf(a) < 1e-7f) {
        if (fabsf(b) > reach)
            *high = *low;
        return;
    }
    float p = (-reach - b) / a, q = (reach - b) / a;
    *low = fmaxf(*low, fminf(p, q));
    *high = fminf(*high, fmaxf(p, q) + 1.0f);
}

static struct span find_span(const struct synth_part *part, uint32_t y, uint32_t width)
{
    float row = (float)y + 0.5f, low = 0.0f, high = (float)width;
    float wide = (1.0f + part->soft / part->rx) / (1.0f - fabsf(part->taper));
    narrow(part->ux, part->uy * row + part->u0, wide, &low, &high);
    narrow(part->vx, part->vy * row + part->v0, 1.0f + part->soft / part->ry, &low, &high);
    if (!(low < high))
        return (struct span){0, 0};
    return (struct span){.first = (uint32_t)low, .end = (uint32_t)high};
}

/* Fills u, v and the coverage. The distance to the edge is taken to first order from a function
 * that is 0 on it, so that no root is needed: exact at the edge, where it counts. */
static void cover_part(struct synth_painter *painter, const struct synth_part *part, uint32_t y,
                       struct span span)
{
    float row = (float)y + 0.5f;
    float u0 = part->uy * row + part->u0 + 0.5f * part->ux;
    float v0 = part->vy * row + part->v0 + 0.5f * part->vx;
    float *restrict u = painter->u, *restrict v = painter->v, *restrict cover = painter->cover;
    for (uint32_t x = span.first; x < span.end; x++) {
        v[x] = part->vx * (float)(int32_t)x + v0;
        u[x] = (part->ux * (float)(int32_t)x + u0) * (1.0f + part->taper * v[x]);
    }
    float sharp = 1.0f / part->soft, rx = part->rx, ry = part->ry;
    if (part->ellipse) {
        float slope = 0.5f * (rx < ry ? rx : ry) * sharp, hole = part->hole * part->hole;
        for (uint32_t x = span.first; x < span.end; x++) {
            float f = u[x] * u[x] + v[x] * v[x];
            cover[x] = clamp((1.0f - f) * slope + 0.5f, 0.0f, 1.0f);
        }
        for (uint32_t x = span.first; x < span.end && hole > 0.0f; x++) {
            float f = u[x] * u[x] + v[x] * v[x];
            cover[x] *= clamp((f - hole) * slope + 0.5f, 0.0f, 1.0f);
        }
        return;
    }
    float corner = part->corner, scale = 0.5f / corner * sharp;
    for (uint32_t x = span.first; x < span.end; x++) {
        float dx = (u[x] < 0 ? -u[x] : u[x]) * rx - (rx - corner);
        float dy = (v[x] < 0 ? -v[x] : v[x]) * ry - (ry - corner);
        dx = dx < 0 ? 0 : dx;
        dy = dy < 0 ? 0 : dy;
        cover[x] = clamp((corner * corner - dx * dx - dy * dy) * scale + 0.5f, 0.0f, 1.0f);
    }
}

static inline int32_t floor_int(float x)
{
    return (int32_t)(x + 4096.0f) - 4096; /* x is a few hundred at most */
}

/* One band in two, with an edge of about a twentieth of its width. */
static inline float band(float x)
{
    float t = x - (float)floor_int(x) - 0.5f;
    return clamp((0.25f - (t < 0 ? -t : t)) * 12.0f + 0.5f, 0.0f, 1.0f);
}

/* Share of ink at (u, v) in lines of print: words of blocks with gaps between. */
static inline float print(float u, float v, float lines, uint32_t seed)
{
    float at = (v + 1.0f) * lines, along = (u + 1.0f) * lines * 1.7f;
    int32_t line = floor_int(at), glyph = floor_int(along);
    float t = at - (float)line;
    uint32_t h = synth_noise_hash((uint32_t)glyph, (uint32_t)line, seed);
    bool inside = t > 0.3f && t < 0.8f && u > -0.82f && u < 0.82f && v > -0.85f && v < 0.85f;
    bool stroke = along - (float)glyph < 0.35f + 0.4f * (float)(h >> 8 & 255) / 255.0f;
    return inside && stroke && (h & 7) > 1 ? 1.0f : 0.0f;
}

static void ink_part(struct synth_painter *painter, const struct synth_part *part, struct span span)
{
    float f = 0.5f * part->frequency, ratio = part->ry / part->rx;
    const float *restrict u = painter->u, *restrict v = painter->v;
    float *restrict ink = painter->ink;
    switch (part->pattern) {
    case SYNTH_PLAIN:
        for (uint32_t x = span.first; x < span.end; x++)
            ink[x] = 0.0f;
        break;
    case SYNTH_STRIPES:
        for (uint32_t x = span.first; x < span.end; x++)
            ink[x] = band(v[x] * f * ratio);
        break;
    case SYNTH_CHECK:
        for (uint32_t x = span.first; x < span.end; x++)
            ink[x] = 0.45f * (band(u[x] * f) + band(v[x] * f * ratio));
        break;
    case SYNTH_DOTS:
        for (uint32_t x = span.first; x < span.end; x++) {
            float s = u[x] * f, t = v[x] * f * ratio;
            s -= (float)floor_int(s) + 0.5f;
            t -= (float)floor_int(t) + 0.5f;
            ink[x] = clamp((0.07f - s * s - t * t) * 30.0f + 0.5f, 0.0f, 1.0f);
        }
        break;
    case SYNTH_TEXT:
        for (uint32_t x = span.first; x < span.end; x++)
            ink[x] = print(u[x], v[x], part->frequency, part->seed);
        break;
    }
}

static void shade_part(struct synth_painter *painter, const struct synth_part *part,
                       struct span span)
{
    const float *restrict u = painter->u, *restrict v = painter->v;
    float *restrict tone = painter->tone, *restrict shine = painter->shine;
    for (uint32_t x = span.first; x < span.end; x++) {
        float du = u[x] - part->gloss_u, dv = v[x] - part->gloss_v;
        float spot = clamp(1.0f - 2.5f * du * du - 1.2f * dv * dv, 0.0f, 1.0f);
        tone[x] = 1.0f + part->light_u * u[x] + part->light_v * v[x] - part->curve * u[x] * u[x];
        shine[x] = part->gloss * spot * spot;
    }
}

/* Lays the part over what is there. `cover` becomes the weight of its colour. */
static void weigh_part(struct synth_painter *painter, const struct synth_part *part,
                       struct span span)
{
    float *restrict cover = painter->cover, *restrict alpha = painter->alpha;
    for (uint32_t x = span.first; x < span.end; x++)
        cover[x] *= part->opacity;
    if (painter->scene->backdrop.alpha == 255)
        return;
    /* Alpha is not multiplied in, so over nothing the part's colour counts in full. */
    for (uint32_t x = span.first; x < span.end; x++) {
        float sum = alpha[x] + cover[x] * (255.0f - alpha[x]);
        cover[x] = sum > 0.0f ? 255.0f * cover[x] / sum : 0.0f;
        alpha[x] = sum;
    }
}

static void paint_part(struct synth_painter *painter, const struct synth_part *part, uint32_t y)
{
    struct span span = find_span(part, y, painter->scene->width);
    if (span.first >= span.end)
        return;
    cover_part(painter, part, y, span);
    ink_part(painter, part, span);
    shade_part(painter, part, span);
    weigh_part(painter, part, span);
    const float *restrict texture = part->texture > 0.0f ? cloth(painter, y) : painter->ground_row;
    const float *restrict cover = painter->cover, *restrict tone = painter->tone;
    const float *restrict ink = painter->ink, *restrict shine = painter->shine;
    for (int c = 0; c < 3; c++) {
        float color = part->color[c], more = part->ink[c] - color;
        float *restrict out = painter->color[c];
        for (uint32_t x = span.first; x < span.end; x++) {
            float value = (color + ink[x] * more) * tone[x] + shine[x] + part->texture * texture[x];
            out[x] += cover[x] * (value - out[x]);
        }
    }
}

/* To bytes, with the sensor's noise: the same for the three colours, as after a camera's own
 * denoising little of the colour noise is left. */
static void finish_row(struct synth_painter *painter, uint32_t y)
{
    const float *restrict r = painter->color[0], *restrict g = painter->color[1],
                          *restrict b = painter->color[2], *restrict a = painter->alpha;
    uint8_t *restrict out = painter->pixels;
    float grain = painter->scene->grain * 0x1p-31f;
    uint32_t seed = synth_noise_hash(y, 7, painter->scene->seed), width = painter->scene->width;
    for (uint32_t x = 0; x < width; x++) {
        uint32_t h = (x * 0x9e3779b1u ^ seed) * 0x2c1b3c6du;
        h = (h ^ h >> 15) * 0x297a2d39u;
        float noise = (float)(int32_t)h * grain + 0.5f;
        out[4 * x] = (uint8_t)(int32_t)clamp(r[x] + noise, 0.0f, 255.0f);
        out[4 * x + 1] = (uint8_t)(int32_t)clamp(g[x] + noise, 0.0f, 255.0f);
        out[4 * x + 2] = (uint8_t)(int32_t)clamp(b[x] + noise, 0.0f, 255.0f);
        out[4 * x + 3] = (uint8_t)(int32_t)clamp(a[x] + 0.5f, 0.0f, 255.0f);
    }
}

const uint8_t *synth_paint_row(struct synth_painter *painter, uint32_t y)
{
    const struct synth_scene *scene = painter->scene;
    synth_noise_row(&painter->drift, y, painter->drift_row);
    synth_noise_row(&painter->ground, y, painter->ground_row);
    paint_backdrop(painter, y);
    for (uint32_t i = 0; i < scene->ridges; i++)
        paint_ridge(painter, i, y);
    for (uint32_t i = 0; i < scene->parts; i++)
        if (y >= scene->part[i].first && y < scene->part[i].end)
            paint_part(painter, &scene->part[i], y);
    finish_row(painter, y);
    return painter->pixels;
}
