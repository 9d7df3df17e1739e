/*
 * How each style is composed. All draws come from the picture's own generator in a fixed order, so
 * that a scene is a function of its plan and seed. Arithmetic is plain float; what needs sines and
 * powers is done here, once a part, never once a pixel.
 */
#include "dataset/synth_scene.h"

#include <math.h>
#include <string.h>

#include "dataset/synth_things.h"

/* Where a thing stands and what colours it has. */
struct placement {
    float x, y;   /* of its centre, pixels */
    float scale;  /* pixels a unit of the blueprint */
    float angle;  /* radians, clockwise */
    bool mirror;  /* left and right swapped */
    bool drawing; /* flat colours: a logo, not a photograph */
    float colors[SYNTH_ROLES][3];
};

static float between(gsl_rng *rng, double low, double high)
{
    return (float)(low + (high - low) * gsl_rng_uniform(rng));
}

static bool chance(gsl_rng *rng, double share)
{
    return gsl_rng_uniform(rng) < share;
}

static int pick(gsl_rng *rng, int count)
{
    return (int)gsl_rng_uniform_int(rng, (unsigned long)count);
}

/* Hue in turns, saturation and value 0…1, to red, green, blue 0…255. */
static void set_color(float *color, float hue, float saturation, float value)
{
    static const float offset[3] = {5, 3, 1};
    for (int c = 0; c < 3; c++) {
        float k = fmodf(offset[c] + 6.0f * hue, 6.0f);
        float drop = fmaxf(0.0f, fminf(fminf(k, 4.0f - k), 1.0f));
        color[c] = 255.0f * value * (1.0f - saturation * drop);
    }
}

static void draw_colors(struct placement *place, gsl_rng *rng)
{
    float hue = between(rng, 0, 1);
    float saturation = chance(rng, 0.25) ? between(rng, 0, 0.15) : between(rng, 0.3, 0.9);
    float value = between(rng, 0.3, 0.9);
    float other = fmodf(hue + between(rng, 0.35, 0.65), 1.0f);
    set_color(place->colors[SYNTH_MAIN], hue, saturation, value);
    set_color(place->colors[SYNTH_SHADE], hue, saturation, value * 0.68f);
    set_color(place->colors[SYNTH_TINGE], hue, saturation * 0.7f, fminf(1.0f, value * 1.2f));
    set_color(place->colors[SYNTH_ACCENT], other, between(rng, 0.4, 0.9), between(rng, 0.4, 0.9));
    set_color(place->colors[SYNTH_PAPER], hue, 0.04f, between(rng, 0.88, 0.97));
    set_color(place->colors[SYNTH_DARK], hue, 0.15f, between(rng, 0.08, 0.18));
    set_color(place->colors[SYNTH_METAL], 0.6f, between(rng, 0, 0.08), between(rng, 0.55, 0.8));
    set_color(place->colors[SYNTH_WOOD], between(rng, 0.05, 0.09), 0.55f, between(rng, 0.25, 0.55));
    set_color(place->colors[SYNTH_LEAF], between(rng, 0.2, 0.36), between(rng, 0.35, 0.7),
              between(rng, 0.25, 0.5));
}

/* Fills a part's geometry from the matrix that leads from (u, v) to pixels, and its centre. */
static void set_geometry(struct synth_part *part, const float m[4], float x, float y,
                         uint32_t height)
{
    float det = m[0] * m[3] - m[1] * m[2];
    part->ux = m[3] / det, part->uy = -m[1] / det;
    part->vx = -m[2] / det, part->vy = m[0] / det;
    part->u0 = -(part->ux * x + part->uy * y);
    part->v0 = -(part->vx * x + part->vy * y);
    part->rx = fabsf(det) / sqrtf(m[1] * m[1] + m[3] * m[3]);
    part->ry = fabsf(det) / sqrtf(m[0] * m[0] + m[2] * m[2]);
    float reach = fabsf(m[2]) / (1.0f - fabsf(part->taper)) + fabsf(m[3]) + part->soft + 1.0f;
    part->first = (uint32_t)fminf(fmaxf(y - reach, 0.0f), (float)height);
    part->end = (uint32_t)fminf(fmaxf(y + reach + 1.0f, 0.0f), (float)height);
}

/* The matrix from a blueprint's (u, v) to pixels, and its centre. */
static void locate(const struct synth_blueprint *print, const struct placement *place, float m[4],
                   float *x, float *y)
{
    float turn = print->angle * 0.017453293f, c = cosf(turn), s = sinf(turn);
    float a[4] = {print->rx, print->skew_x * print->ry, print->skew_y * print->rx, print->ry};
    float b[4] = {c * a[0] - s * a[2], c * a[1] - s * a[3], s * a[0] + c * a[2],
                  s * a[1] + c * a[3]};
    float side = place->mirror ? -place->scale : place->scale, up = place->scale;
    float cp = cosf(place->angle), sp = sinf(place->angle);
    float px = side * print->x, py = up * print->y;
    *x = place->x + cp * px - sp * py;
    *y = place->y + sp * px + cp * py;
    m[0] = cp * side * b[0] - sp * up * b[2], m[1] = cp * side * b[1] - sp * up * b[3];
    m[2] = sp * side * b[0] + cp * up * b[2], m[3] = sp * side * b[1] + cp * up * b[3];
}

static struct synth_part *add_part(struct synth_scene *scene)
{
    /* The last place is reused when a scene is full: nobody misses one leaf of a hundred. */
    if (scene->parts < SYNTH_PARTS)
        scene->parts++;
    struct synth_part *part = &scene->part[scene->parts - 1];
    *part = (struct synth_part){.soft = 1.0f, .opacity = 1.0f};
    return part;
}

/* A soft dark copy of a part, moved away from the light. */
static void add_shadow(struct synth_scene *scene, const struct synth_blueprint *print,
                       const struct placement *place, float strength)
{
    float m[4], x, y;
    locate(print, place, m, &x, &y);
    struct synth_part *part = add_part(scene);
    part->ellipse = print->ellipse;
    part->taper = print->taper;
    part->hole = print->hole;
    part->soft = 2.0f + 0.14f * place->scale;
    part->opacity = strength;
    set_geometry(part, m, x + 0.05f * place->scale, y + 0.07f * place->scale, scene->height);
    part->corner = fminf(fminf(part->rx, part->ry), part->soft);
}

/* The dark line where a thing meets the floor. */
static void add_contact(struct synth_scene *scene, const struct synth_thing *thing,
                        const struct placement *place, float strength)
{
    struct synth_part *part = add_part(scene);
    float m[4] = {place->scale * thing->width * 1.02f, 0, 0, place->scale * 0.09f};
    part->ellipse = true;
    part->soft = m[3] * 0.9f + 1.0f;
    part->opacity = strength;
    set_geometry(part, m, place->x + 0.03f * place->scale, place->y + thing->floor * place->scale,
                 scene->height);
}

static void decorate(struct synth_part *part, const struct synth_blueprint *print,
                     const struct placement *place, gsl_rng *rng)
{
    part->seed = (uint32_t)gsl_rng_get(rng);
    float u = between(rng, 0, 1), frequency = between(rng, 3, 12);
    enum synth_role ink = print->role == SYNTH_ACCENT ? SYNTH_MAIN : SYNTH_ACCENT;
    if (print->printed && fminf(part->rx, part->ry) > 16.0f) {
        part->pattern = SYNTH_TEXT;
        part->frequency = frequency;
        ink = u < 0.6f ? SYNTH_DARK : ink;
        if (print->role == SYNTH_MAIN || print->role == SYNTH_SHADE)
            ink = SYNTH_PAPER;
    } else if (print->decorated && u < 0.5f) {
        part->pattern = u < 0.22f ? SYNTH_STRIPES : u < 0.38f ? SYNTH_CHECK : SYNTH_DOTS;
        part->frequency = frequency;
        ink = frequency < 7 ? SYNTH_PAPER : ink;
    }
    memcpy(part->ink, place->colors[ink], sizeof part->ink);
}

static void finish(struct synth_part *part, enum synth_surface surface, gsl_rng *rng)
{
    part->light_u = between(rng, -0.1, 0.02);
    part->light_v = between(rng, -0.12, 0.0);
    part->texture = between(rng, 1.0, 3.0);
    part->gloss_u = between(rng, -0.6, -0.2);
    part->gloss_v = between(rng, -0.7, -0.3);
    float curve = between(rng, 0.25, 0.6), gloss = between(rng, 25, 110);
    float rough = between(rng, 4, 14);
    /* Dark things reflect less of everything, also of their texture. */
    float bright = fmaxf(part->color[0], fmaxf(part->color[1], part->color[2])) / 255.0f;
    rough *= 0.3f + 0.7f * bright;
    if (surface == SYNTH_ROUND || surface == SYNTH_GLOSSY)
        part->curve = curve;
    if (surface == SYNTH_GLOSSY)
        part->gloss = gloss;
    if (surface == SYNTH_ROUGH) {
        part->texture = rough;
        part->curve = 0.5f * curve;
    }
}

static void flatten(struct synth_part *part)
{
    part->light_u = part->light_v = part->curve = part->gloss = part->texture = 0.0f;
}

static void add_thing(struct synth_scene *scene, const struct synth_thing *thing,
                      const struct placement *place, float shadow, gsl_rng *rng)
{
    if (shadow > 0.0f && thing->floor > 0.0f)
        add_contact(scene, thing, place, fminf(1.0f, shadow * 1.6f));
    for (int i = 0; i < thing->count && shadow > 0.0f; i++)
        if (thing->parts[i].casts)
            add_shadow(scene, &thing->parts[i], place, shadow);
    for (int i = 0; i < thing->count; i++) {
        const struct synth_blueprint *print = &thing->parts[i];
        struct synth_part *part = add_part(scene);
        float m[4], x, y;
        locate(print, place, m, &x, &y);
        part->ellipse = print->ellipse;
        part->taper = print->taper;
        part->hole = print->hole;
        part->soft = 1.3f;
        set_geometry(part, m, x, y, scene->height);
        part->corner = fmaxf(0.7f, print->corner * fminf(part->rx, part->ry));
        memcpy(part->color, place->colors[print->role], sizeof part->color);
        decorate(part, print, place, rng);
        finish(part, print->surface, rng);
        if (place->drawing)
            flatten(part);
    }
}

static const struct synth_thing *choose_good(gsl_rng *rng)
{
    int count;
    const struct synth_thing *goods = synth_things_goods(&count);
    return &goods[pick(rng, count)];
}

/* The largest scale at which a thing fills `share` of a field of that size. */
static float fit(const struct synth_thing *thing, float width, float height, float share)
{
    return 0.5f * share * fminf(height, width / thing->width);
}

static void compose_product(struct synth_scene *scene, bool cutout, bool drawing, gsl_rng *rng)
{
    struct synth_backdrop *back = &scene->backdrop;
    float hue = between(rng, 0, 1), tint = chance(rng, 0.3) ? between(rng, 0.02, 0.18) : 0.01f;
    float bright = chance(rng, 0.4) ? 1.0f : between(rng, 0.82, 0.98);
    float drop = bright == 1.0f ? between(rng, 0, 0.02) : between(rng, 0.02, 0.16);
    set_color(back->top, hue, tint, bright);
    set_color(back->middle, hue, tint, bright - 0.3f * drop);
    set_color(back->bottom, hue, tint, bright - drop);
    back->horizon = between(rng, 0.55, 0.8);
    back->vignette = drop;
    back->side = between(rng, -0.5, 0.5) * drop;
    back->texture = between(rng, 0.1, 0.9);
    back->alpha = cutout ? 0 : 255;
    scene->grain = between(rng, 0.6, 2.2);
    int things = chance(rng, 0.18) && !drawing ? 2 : 1;
    float field = (float)scene->width / (float)things, shadow = between(rng, 0.12, 0.34);
    for (int i = 0; i < things; i++) {
        const struct synth_thing *thing = choose_good(rng);
        struct placement place = {.drawing = drawing, .mirror = chance(rng, 0.5)};
        draw_colors(&place, rng);
        place.scale = fit(thing, field, (float)scene->height, between(rng, 0.7, 0.92));
        place.x = field * ((float)i + between(rng, 0.48, 0.52));
        place.y = (float)scene->height * between(rng, 0.49, 0.52);
        place.angle = thing->floor > 0.0f ? between(rng, -0.02, 0.02) : between(rng, -0.2, 0.2);
        add_thing(scene, thing, &place, drawing ? 0.0f : shadow, rng);
    }
    if (drawing) {
        scene->grain = scene->tint = back->texture = 0.0f;
        memcpy(back->bottom, back->top, sizeof back->top);
        memcpy(back->middle, back->top, sizeof back->top);
        back->side = back->vignette = 0.0f;
    }
}

static void compose_still(struct synth_scene *scene, gsl_rng *rng)
{
    struct synth_backdrop *back = &scene->backdrop;
    bool wood = chance(rng, 0.5);
    float hue = wood ? between(rng, 0.05, 0.1) : between(rng, 0, 1), value = between(rng, 0.3, 0.8);
    float saturation = wood ? between(rng, 0.3, 0.6) : between(rng, 0.02, 0.4);
    set_color(back->top, hue, saturation, value);
    set_color(back->middle, hue, saturation, value * between(rng, 0.9, 1.0));
    set_color(back->bottom, hue, saturation, value * between(rng, 0.75, 1.0));
    back->horizon = between(rng, 0.3, 0.7);
    back->vignette = between(rng, 0.0, 0.35);
    back->side = between(rng, -0.2, 0.2);
    back->texture = wood ? between(rng, 7, 15) : between(rng, 5, 12);
    scene->ground.stretch = wood ? between(rng, 8, 20) : 1.0f;
    scene->ground.persistence = wood ? between(rng, 0.75, 0.9) : between(rng, 0.6, 0.85);
    scene->grain = between(rng, 1.0, 3.5);
    int things = 3 + pick(rng, 6);
    float least = fminf((float)scene->width, (float)scene->height);
    float shadow = between(rng, 0.2, 0.4);
    for (int i = 0; i < things; i++) {
        const struct synth_thing *thing = choose_good(rng);
        struct placement place = {.mirror = chance(rng, 0.5)};
        draw_colors(&place, rng);
        place.scale = fit(thing, least, least, between(rng, 0.3, 0.6));
        place.x = (float)scene->width * between(rng, 0.08, 0.92);
        place.y = (float)scene->height * between(rng, 0.1, 0.9);
        place.angle = between(rng, -0.9, 0.9);
        struct synth_thing lying = *thing;
        lying.floor = 0.0f;
        add_thing(scene, &lying, &place, shadow, rng);
    }
}

static void add_ridges(struct synth_scene *scene, float ground, gsl_rng *rng)
{
    scene->ridges = 2 + (uint32_t)pick(rng, SYNTH_RIDGES - 1);
    float near[3], hue = between(rng, 0.1, 0.38);
    set_color(near, hue, between(rng, 0.25, 0.6), between(rng, 0.25, 0.55));
    for (uint32_t i = 0; i < scene->ridges; i++) {
        struct synth_ridge *ridge = &scene->ridge[i];
        float depth = (float)(i + 1) / (float)scene->ridges;
        for (int c = 0; c < 3; c++) /* air between: far ridges have the horizon's colour */
            ridge->color[c] =
                near[c] * depth + (1.0f - depth) * (0.8f * scene->backdrop.middle[c] + 8.0f);
        ridge->height = ground + (1.0f - depth) * between(rng, 0.1, 0.26);
        ridge->swing = (float)scene->height * between(rng, 0.01, 0.05) * (1.2f - depth);
        ridge->texture = 2.0f + between(rng, 7, 18) * depth;
        ridge->seed = (uint32_t)gsl_rng_get(rng);
    }
}

static void compose_landscape(struct synth_scene *scene, gsl_rng *rng)
{
    struct synth_backdrop *back = &scene->backdrop;
    bool evening = chance(rng, 0.25);
    float ground = between(rng, 0.25, 0.5);
    set_color(back->top, between(rng, 0.56, 0.63), between(rng, 0.2, 0.65), between(rng, 0.5, 0.9));
    set_color(back->middle, evening ? between(rng, 0.02, 0.12) : between(rng, 0.53, 0.6),
              evening ? between(rng, 0.2, 0.5) : between(rng, 0.05, 0.2), between(rng, 0.8, 0.97));
    set_color(back->bottom, 0.2f, 0.3f, 0.4f);
    back->horizon = 1.0f - ground;
    back->side = between(rng, -0.1, 0.1);
    back->texture = between(rng, 0.5, 2.0);
    back->clouds = chance(rng, 0.7) ? between(rng, 0.15, 0.5) : 0.0f;
    scene->ground.stretch = between(rng, 1.0, 2.2);
    scene->ground.persistence = between(rng, 0.72, 0.9);
    scene->grain = between(rng, 1.0, 3.0);
    add_ridges(scene, ground, rng);
    int things = pick(rng, 20), count;
    const struct synth_thing *outdoors = synth_things_outdoors(&count);
    float y = 1.0f - 0.9f * ground, step = 0.8f * ground / (float)(things + 1);
    for (int i = 0; i < things; i++) { /* from far to near */
        const struct synth_thing *thing = &outdoors[pick(rng, chance(rng, 0.7) ? 2 : count)];
        struct placement place = {.mirror = chance(rng, 0.5)};
        draw_colors(&place, rng);
        y += step;
        float nearness = 0.15f + (y - (1.0f - ground)) / ground;
        place.scale = (float)scene->height * 0.2f * nearness * between(rng, 0.5, 1.1);
        place.x = (float)scene->width * between(rng, 0, 1);
        place.y = (float)scene->height * y - place.scale;
        add_thing(scene, thing, &place, 0.3f, rng);
    }
}

static void compose_lights(struct synth_scene *scene, gsl_rng *rng)
{
    struct synth_backdrop *back = &scene->backdrop;
    float hue = between(rng, 0, 1), value = between(rng, 0.1, 0.6);
    set_color(back->top, hue, between(rng, 0.2, 0.7), value);
    set_color(back->middle, fmodf(hue + 0.1f, 1.0f), between(rng, 0.2, 0.6), value * 0.8f);
    set_color(back->bottom, hue, between(rng, 0.2, 0.5), value * 0.5f);
    back->horizon = between(rng, 0.5, 0.8);
    back->vignette = between(rng, 0.1, 0.4);
    back->texture = between(rng, 0.5, 2.0);
    scene->grain = between(rng, 1.5, 4.0);
    int lights = 14 + pick(rng, 26);
    float least = fminf((float)scene->width, (float)scene->height);
    for (int i = 0; i < lights; i++) {
        struct synth_part *part = add_part(scene);
        float radius = least * between(rng, 0.02, 0.1);
        float m[4] = {radius, 0, 0, radius};
        part->ellipse = true;
        part->soft = fmaxf(1.0f, radius * between(rng, 0.1, 0.5));
        part->opacity = between(rng, 0.1, 0.55);
        set_color(part->color, fmodf(hue + between(rng, 0.0, 0.35), 1.0f), between(rng, 0, 0.7), 1);
        set_geometry(part, m, (float)scene->width * between(rng, 0, 1),
                     (float)scene->height * between(rng, 0, 0.85), scene->height);
    }
    const struct synth_thing *thing = choose_good(rng);
    struct placement place = {.mirror = chance(rng, 0.5)};
    draw_colors(&place, rng);
    place.scale = fit(thing, (float)scene->width, (float)scene->height, between(rng, 0.5, 0.8));
    place.x = (float)scene->width * between(rng, 0.35, 0.65);
    place.y = (float)scene->height * 0.97f - place.scale;
    place.angle = between(rng, -0.04, 0.04);
    add_thing(scene, thing, &place, 0.4f, rng);
}

void synth_scene_compose(struct synth_scene *scene, const struct synth_plan *plan, gsl_rng *rng)
{
    const struct synth_kind_spec *spec = &synth_plan_kinds[plan->kind];
    float longer = fmaxf((float)plan->width, (float)plan->height);
    scene->width = plan->width, scene->height = plan->height;
    scene->ridges = scene->parts = 0;
    scene->backdrop = (struct synth_backdrop){.alpha = 255};
    scene->seed = (uint32_t)gsl_rng_get(rng);
    scene->tint = between(rng, 0, 6);
    scene->ground = (struct synth_noise_look){
        .coarse = longer / 3.0f, .fine = 1.9f, .persistence = 0.75f, .stretch = 1.0f};
    scene->cloth = (struct synth_noise_look){.coarse = fmaxf(4.0f, longer / 70.0f),
                                             .fine = 1.9f,
                                             .persistence = between(rng, 0.8, 1.1),
                                             .stretch = between(rng, 0.7, 1.6)};
    scene->skyline = (struct synth_noise_look){
        .coarse = longer / 2.5f, .fine = 2.0f, .persistence = 0.5f, .stretch = 1.0f};
    bool drawing = spec->depth && spec->depth < 8;
    switch (plan->style) {
    case SYNTH_PRODUCT:
        compose_product(scene, spec->alpha, drawing, rng);
        break;
    case SYNTH_STILL:
        compose_still(scene, rng);
        break;
    case SYNTH_LANDSCAPE:
        compose_landscape(scene, rng);
        break;
    case SYNTH_LIGHTS:
        compose_lights(scene, rng);
        break;
    }
}
