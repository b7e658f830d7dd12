"""What a function is differentiated with respect to, where that is a node itself."""

from graphgrad.expression import Notation
from graphgrad.ops.elementwise import Elementwise


class Variable(Elementwise):
    """x again, as a node of its own.

    A function of x may also use x from outside. Its derivative counts only the uses of what it was given, so
    it is given this.
    """

    is_public = False
    written = Notation("", "", "same")

    def _copied(self, inputs):
        return self  # a copy of an argument is that argument still

    def forward(self, xp, x):
        return x

    def local(self, xp, out, x):
        return (1,)
