    # Where this pass draws: characters, or SVG first and then PNG.
    if (plain) {
        set terminal dumb nofeed size columns, rows noenhanced mono
    } else {
        ground = sprintf('#%06x', paper)
        font = sprintf('sans-serif,%d', size)
        if (pass == 2) {
            set terminal pngcairo size 2 * width, 2 * height font font fontscale 1.5 \
                linewidth 2 pointscale 2 noenhanced background ground
        }
        if (pass == 1) {
            set terminal svg size width, height dynamic font font noenhanced background ground
        }
        if (files) { set output output.(pass == 1 ? '.svg' : '.png') }
    }
