    # Bars of parts, the size of a part written in it where there is room.
    if (plain) {
        plot $PARTS using 1:(($3 + $4) / 2):(0.4):(($4 - $3) / 2) with boxxyerror notitle, \
             $PARTS using 1:(($3 + $4) / 2):($5 < 0.08 ? '' : \
             sprintf('%s', value(sprintf('part_name%d', int($2))))) with labels notitle, \
             $BARS using 1:2:xtic(5) with points pt '=' notitle
    } else {
        plot $PARTS using 1:(($3 + $4) / 2):(0.41):(($4 - $3) / 2):(part_hue($2)) \
                 with boxxyerror lc rgb variable fs solid 1 border lc rgb paper, \
             $PARTS using 1:(($3 + $4) / 2): \
                 ($5 < 0.045 ? '' : sprintf(part_format, ($4 - $3) * part_scale)): \
                 (value(sprintf('part_ink%d', int($2)))) \
                 with labels font small tc rgb variable, \
             $BARS using 1:2:4 with labels offset 0, 0.6 tc rgb ink, \
             $BARS using 1:2:xtic(5) with points pt 0, \
             for [i = 1:marked] $BARS using 1:3 with points pt 12 ps 1 lc rgb ink
    }
