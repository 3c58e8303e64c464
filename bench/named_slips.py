"""How many wrong answers on a sheet are named rightly, of 1,000 with one slip each.

    .venv/bin/python bench/named_slips.py [COUNT]

The wrong answers are those of tests/wrong_answers.py, slips by their own formulas, on gradients that sheets ask for; each is
put into a sheet that is right otherwise, and marked. One counts where the slips' classes differ: where no other slip gives
this number. It is named rightly if the name is that of the slip that was made, or of its kin.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from slips_on_sheets import drawn, named_slips

if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for apart, which in ((True, "where classes differ"), (False, "everywhere")):
        found = named_slips(count, drawn(), apart)
        print(f"{count} wrong answers, {which}: named {found.named / count:.1%}, rightly {found.rightly / count:.1%}")
        for (made, named), times in found.confused.most_common(12):
            print(f"{times:4}  {made} was named {named or 'nothing'}")
