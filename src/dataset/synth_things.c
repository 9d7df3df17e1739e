#include "dataset/synth_things.h"

#define BOX     .ellipse = false
#define ELLIPSE .ellipse = true

static const struct synth_blueprint bottle[] = {
    {BOX, .x = 0, .y = -.62f, .rx = .13f, .ry = .28f, .corner = .3f, .surface = SYNTH_ROUND},
    {ELLIPSE, .x = 0, .y = -.3f, .rx = .36f, .ry = .24f, .surface = SYNTH_ROUND},
    {BOX, .casts = true, .x = 0, .y = .33f, .rx = .36f, .ry = .66f, .corner = .28f,
     .surface = SYNTH_GLOSSY},
    {BOX, .x = 0, .y = -.88f, .rx = .15f, .ry = .11f, .corner = .25f, .role = SYNTH_ACCENT,
     .surface = SYNTH_ROUND},
    {BOX, .printed = true, .x = 0, .y = .38f, .rx = .355f, .ry = .32f, .role = SYNTH_PAPER,
     .surface = SYNTH_ROUND},
};

static const struct synth_blueprint mug[] = {
    {ELLIPSE, .x = .6f, .y = .05f, .rx = .34f, .ry = .44f, .hole = .7f, .surface = SYNTH_GLOSSY},
    {BOX, .casts = true, .decorated = true, .x = -.08f, .y = .12f, .rx = .6f, .ry = .8f,
     .corner = .22f, .taper = .06f, .surface = SYNTH_GLOSSY},
    {ELLIPSE, .x = -.08f, .y = -.66f, .rx = .62f, .ry = .15f, .role = SYNTH_TINGE},
    {ELLIPSE, .x = -.08f, .y = -.64f, .rx = .55f, .ry = .11f, .role = SYNTH_DARK},
};

static const struct synth_blueprint carton[] = {
    {BOX, .casts = true, .printed = true, .x = -.15f, .y = .15f, .rx = .55f, .ry = .65f},
    {BOX, .x = .57f, .y = .05f, .rx = .17f, .ry = .65f, .skew_y = -.588f, .role = SYNTH_SHADE},
    {BOX, .x = .02f, .y = -.6f, .rx = .55f, .ry = .1f, .skew_x = -1.7f, .role = SYNTH_TINGE},
    {BOX, .x = -.15f, .y = -.22f, .rx = .4f, .ry = .13f, .corner = .4f, .role = SYNTH_ACCENT},
};

static const struct synth_blueprint shirt[] = {
    {BOX, .casts = true, .x = -.58f, .y = -.42f, .rx = .2f, .ry = .42f, .corner = .2f, .angle = 38,
     .role = SYNTH_SHADE, .surface = SYNTH_ROUGH},
    {BOX, .casts = true, .x = .58f, .y = -.42f, .rx = .2f, .ry = .42f, .corner = .2f, .angle = -38,
     .role = SYNTH_SHADE, .surface = SYNTH_ROUGH},
    {BOX, .casts = true, .decorated = true, .x = 0, .y = .08f, .rx = .52f, .ry = .86f,
     .corner = .12f, .taper = -.06f, .surface = SYNTH_ROUGH},
    {ELLIPSE, .x = 0, .y = -.76f, .rx = .23f, .ry = .13f, .role = SYNTH_TINGE},
    {ELLIPSE, .x = 0, .y = -.79f, .rx = .19f, .ry = .1f, .role = SYNTH_DARK},
};

static const struct synth_blueprint fruit[] = {
    {ELLIPSE, .casts = true, .x = 0, .y = .12f, .rx = .84f, .ry = .8f, .surface = SYNTH_GLOSSY},
    {ELLIPSE, .x = .02f, .y = -.6f, .rx = .22f, .ry = .07f, .role = SYNTH_SHADE},
    {BOX, .x = .04f, .y = -.74f, .rx = .035f, .ry = .2f, .corner = .9f, .angle = 14,
     .role = SYNTH_WOOD},
    {ELLIPSE, .x = .3f, .y = -.82f, .rx = .26f, .ry = .09f, .angle = -20, .role = SYNTH_LEAF,
     .surface = SYNTH_ROUGH},
};

static const struct synth_blueprint watch[] = {
    {BOX, .casts = true, .decorated = true, .x = 0, .y = 0, .rx = .24f, .ry = .98f, .corner = .35f,
     .surface = SYNTH_ROUGH},
    {BOX, .x = .5f, .y = 0, .rx = .06f, .ry = .06f, .corner = .4f, .role = SYNTH_METAL},
    {ELLIPSE, .casts = true, .x = 0, .y = 0, .rx = .47f, .ry = .47f, .role = SYNTH_METAL,
     .surface = SYNTH_GLOSSY},
    {ELLIPSE, .x = 0, .y = 0, .rx = .39f, .ry = .39f, .role = SYNTH_PAPER},
    {ELLIPSE, .x = 0, .y = 0, .rx = .36f, .ry = .36f, .hole = .95f, .role = SYNTH_DARK},
    {BOX, .x = .08f, .y = -.1f, .rx = .018f, .ry = .14f, .angle = 38, .role = SYNTH_DARK},
    {BOX, .x = -.1f, .y = -.12f, .rx = .013f, .ry = .2f, .angle = -40, .role = SYNTH_DARK},
    {ELLIPSE, .x = 0, .y = 0, .rx = .03f, .ry = .03f, .role = SYNTH_ACCENT},
};

static const struct synth_blueprint plate[] = {
    {ELLIPSE, .casts = true, .x = 0, .y = 0, .rx = .96f, .ry = .96f, .role = SYNTH_PAPER,
     .surface = SYNTH_GLOSSY},
    {ELLIPSE, .x = 0, .y = 0, .rx = .9f, .ry = .9f, .hole = .95f, .role = SYNTH_ACCENT},
    {ELLIPSE, .x = 0, .y = 0, .rx = .66f, .ry = .66f, .role = SYNTH_PAPER},
    {ELLIPSE, .x = -.1f, .y = .08f, .rx = .4f, .ry = .36f, .surface = SYNTH_ROUGH},
    {ELLIPSE, .x = .2f, .y = -.16f, .rx = .22f, .ry = .17f, .angle = 30, .role = SYNTH_LEAF,
     .surface = SYNTH_ROUGH},
    {ELLIPSE, .x = -.25f, .y = -.2f, .rx = .16f, .ry = .14f, .role = SYNTH_ACCENT,
     .surface = SYNTH_GLOSSY},
};

static const struct synth_blueprint lamp[] = {
    {ELLIPSE, .casts = true, .x = 0, .y = .9f, .rx = .36f, .ry = .09f, .role = SYNTH_METAL},
    {BOX, .x = 0, .y = .35f, .rx = .035f, .ry = .55f, .role = SYNTH_METAL, .surface = SYNTH_ROUND},
    {BOX, .casts = true, .decorated = true, .x = 0, .y = -.5f, .rx = .5f, .ry = .46f,
     .corner = .04f, .taper = -.28f, .surface = SYNTH_ROUND},
};

static const struct synth_blueprint phone[] = {
    {BOX, .casts = true, .x = 0, .y = 0, .rx = .48f, .ry = .97f, .corner = .22f, .role = SYNTH_DARK,
     .surface = SYNTH_GLOSSY},
    {BOX, .x = 0, .y = 0, .rx = .44f, .ry = .92f, .corner = .16f, .surface = SYNTH_ROUGH},
    {BOX, .printed = true, .x = 0, .y = .2f, .rx = .36f, .ry = .4f, .corner = .1f,
     .role = SYNTH_PAPER},
    {ELLIPSE, .x = 0, .y = -.52f, .rx = .2f, .ry = .2f, .role = SYNTH_ACCENT},
    {ELLIPSE, .x = 0, .y = -.84f, .rx = .03f, .ry = .03f, .role = SYNTH_DARK},
};

static const struct synth_blueprint bag[] = {
    {ELLIPSE, .casts = true, .x = 0, .y = -.4f, .rx = .36f, .ry = .55f, .hole = .86f,
     .role = SYNTH_SHADE},
    {BOX, .casts = true, .decorated = true, .x = 0, .y = .3f, .rx = .68f, .ry = .66f, .corner = .2f,
     .taper = -.1f, .surface = SYNTH_ROUGH},
    {BOX, .x = 0, .y = -.2f, .rx = .72f, .ry = .16f, .corner = .5f, .role = SYNTH_SHADE,
     .surface = SYNTH_ROUGH},
    {BOX, .x = 0, .y = -.03f, .rx = .08f, .ry = .1f, .corner = .4f, .role = SYNTH_METAL,
     .surface = SYNTH_GLOSSY},
};

static const struct synth_blueprint books[] = {
    {BOX, .casts = true, .x = .02f, .y = .72f, .rx = .92f, .ry = .2f, .corner = .1f,
     .role = SYNTH_SHADE, .surface = SYNTH_ROUGH},
    {BOX, .printed = true, .x = -.3f, .y = .72f, .rx = .34f, .ry = .1f, .role = SYNTH_SHADE},
    {BOX, .casts = true, .x = -.06f, .y = .32f, .rx = .8f, .ry = .19f, .corner = .1f,
     .role = SYNTH_ACCENT, .surface = SYNTH_ROUGH},
    {BOX, .x = .5f, .y = .32f, .rx = .05f, .ry = .19f, .role = SYNTH_PAPER},
    {BOX, .casts = true, .decorated = true, .x = .08f, .y = -.06f, .rx = .7f, .ry = .18f,
     .corner = .1f, .role = SYNTH_MAIN},
    {BOX, .casts = true, .x = 0, .y = -.42f, .rx = .6f, .ry = .17f, .corner = .1f, .angle = -4,
     .role = SYNTH_TINGE, .surface = SYNTH_ROUGH},
};

static const struct synth_blueprint chair[] = {
    {BOX, .x = -.5f, .y = .3f, .rx = .05f, .ry = .62f, .role = SYNTH_WOOD, .surface = SYNTH_ROUND},
    {BOX, .x = .5f, .y = .3f, .rx = .05f, .ry = .62f, .role = SYNTH_WOOD, .surface = SYNTH_ROUND},
    {BOX, .casts = true, .decorated = true, .x = 0, .y = -.5f, .rx = .54f, .ry = .42f,
     .corner = .25f, .surface = SYNTH_ROUGH},
    {BOX, .casts = true, .x = 0, .y = .22f, .rx = .62f, .ry = .17f, .corner = .5f,
     .role = SYNTH_TINGE, .surface = SYNTH_ROUGH},
    {BOX, .x = -.56f, .y = .66f, .rx = .055f, .ry = .32f, .angle = 4, .role = SYNTH_WOOD,
     .surface = SYNTH_ROUND},
    {BOX, .x = .56f, .y = .66f, .rx = .055f, .ry = .32f, .angle = -4, .role = SYNTH_WOOD,
     .surface = SYNTH_ROUND},
};

static const struct synth_blueprint cushion[] = {
    {BOX, .casts = true, .decorated = true, .x = 0, .y = 0, .rx = .94f, .ry = .9f, .corner = .35f,
     .surface = SYNTH_ROUGH},
    {ELLIPSE, .x = 0, .y = 0, .rx = .07f, .ry = .06f, .role = SYNTH_SHADE, .surface = SYNTH_GLOSSY},
};

static const struct synth_blueprint shoe[] = {
    {BOX, .x = .34f, .y = -.3f, .rx = .3f, .ry = .4f, .corner = .4f, .angle = 6,
     .surface = SYNTH_ROUGH},
    {ELLIPSE, .x = .33f, .y = -.64f, .rx = .24f, .ry = .09f, .angle = 6, .role = SYNTH_DARK},
    {BOX, .casts = true, .x = -.06f, .y = .12f, .rx = .82f, .ry = .3f, .corner = .95f,
     .surface = SYNTH_ROUGH},
    {BOX, .decorated = true, .x = .04f, .y = -.16f, .rx = .42f, .ry = .13f, .corner = .6f,
     .angle = -32, .role = SYNTH_ACCENT},
    {BOX, .casts = true, .x = -.02f, .y = .4f, .rx = .92f, .ry = .11f, .corner = .8f,
     .role = SYNTH_PAPER},
};

static const struct synth_blueprint broadleaf[] = {
    {BOX, .x = 0, .y = .55f, .rx = .06f, .ry = .45f, .taper = -.2f, .role = SYNTH_WOOD,
     .surface = SYNTH_ROUGH},
    {ELLIPSE, .x = -.28f, .y = -.08f, .rx = .42f, .ry = .4f, .role = SYNTH_LEAF,
     .surface = SYNTH_ROUGH},
    {ELLIPSE, .x = .26f, .y = -.02f, .rx = .42f, .ry = .38f, .role = SYNTH_LEAF,
     .surface = SYNTH_ROUGH},
    {ELLIPSE, .x = .02f, .y = -.42f, .rx = .5f, .ry = .48f, .role = SYNTH_LEAF,
     .surface = SYNTH_ROUGH},
};

static const struct synth_blueprint conifer[] = {
    {BOX, .x = 0, .y = .8f, .rx = .05f, .ry = .2f, .role = SYNTH_WOOD},
    {BOX, .x = 0, .y = .3f, .rx = .15f, .ry = .42f, .taper = -.7f, .role = SYNTH_LEAF,
     .surface = SYNTH_ROUGH},
    {BOX, .x = 0, .y = -.1f, .rx = .11f, .ry = .4f, .taper = -.75f, .role = SYNTH_LEAF,
     .surface = SYNTH_ROUGH},
    {BOX, .x = 0, .y = -.5f, .rx = .075f, .ry = .42f, .taper = -.8f, .role = SYNTH_LEAF,
     .surface = SYNTH_ROUGH},
};

static const struct synth_blueprint house[] = {
    {BOX, .x = -.1f, .y = .45f, .rx = .8f, .ry = .55f, .role = SYNTH_TINGE, .surface = SYNTH_ROUGH},
    {BOX, .decorated = true, .x = -.1f, .y = -.35f, .rx = .64f, .ry = .3f, .taper = -.35f,
     .role = SYNTH_ACCENT, .surface = SYNTH_ROUGH},
    {BOX, .x = .35f, .y = -.6f, .rx = .09f, .ry = .26f, .role = SYNTH_WOOD},
    {BOX, .x = -.5f, .y = .35f, .rx = .13f, .ry = .17f, .role = SYNTH_DARK},
    {BOX, .x = .3f, .y = .35f, .rx = .13f, .ry = .17f, .role = SYNTH_DARK},
    {BOX, .x = -.1f, .y = .62f, .rx = .14f, .ry = .38f, .role = SYNTH_WOOD},
};

static const struct synth_blueprint tower[] = {
    {BOX, .decorated = true, .x = 0, .y = .1f, .rx = .38f, .ry = .9f, .role = SYNTH_MAIN},
    {BOX, .x = 0, .y = -.84f, .rx = .42f, .ry = .05f, .role = SYNTH_SHADE},
};

#undef BOX
#undef ELLIPSE

#define THING(name_, width_, floor_)                                                               \
    {                                                                                              \
        .name = #name_, .parts = name_, .count = (int)(sizeof name_ / sizeof *name_),              \
        .width = width_, .floor = floor_                                                           \
    }

static const struct synth_thing goods[] = {
    THING(bottle, .38f, .98f),  THING(mug, .9f, .9f),     THING(carton, .75f, .79f),
    THING(shirt, .85f, 0.0f),   THING(fruit, .85f, .9f),  THING(watch, .52f, 0.0f),
    THING(plate, .96f, 0.0f),   THING(lamp, .64f, .93f),  THING(phone, .48f, 0.0f),
    THING(bag, .75f, .95f),     THING(books, .95f, .91f), THING(chair, .66f, .97f),
    THING(cushion, .95f, 0.0f), THING(shoe, .95f, .5f),
};

static const struct synth_thing outdoors[] = {
    THING(broadleaf, .75f, 1.0f),
    THING(conifer, .5f, 1.0f),
    THING(house, .9f, 1.0f),
    THING(tower, .42f, 1.0f),
};

const struct synth_thing *synth_things_goods(int *count)
{
    *count = (int)(sizeof goods / sizeof *goods);
    return goods;
}

const struct synth_thing *synth_things_outdoors(int *count)
{
    *count = (int)(sizeof outdoors / sizeof *outdoors);
    return outdoors;
}
