# Points and law of each group, for figures over the threads.
do for [i = 1:words(kept)] {
    text = text_points[pick(kept, i)]
    kind = 'bar'
    colour = hue(pick(kept, i))
    style = 7
    load 'legend_add.gp'
}
do for [i = 1:(words(hollow) > 0)] {
    text = 'left out of the fit'
    kind = 'bar'
    colour = single ? blue : muted
    style = 6
    load 'legend_add.gp'
}
do for [i = 1:words(curves)] {
    text = text_curve[pick(curves, i)]
    kind = 'line'
    colour = hue(pick(curves, i))
    style = bent ? 2 : 1
    load 'legend_add.gp'
}
