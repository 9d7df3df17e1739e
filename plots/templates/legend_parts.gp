# The parts of bars and lanes that occur.
do for [k = 0:parts - 1] {
    if (value(sprintf('part_used%d', k))) {
        text = value(sprintf('part_name%d', k))
        kind = 'box'
        colour = part_hue(k)
        style = 0
        load 'legend_add.gp'
    }
}
