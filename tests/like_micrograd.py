"""Programs written for micrograd, on graphgrad: import Value from here."""

import graphgrad as gg


class Value:
    def __init__(self, data, *, label=""):
        self.node = data if isinstance(data, gg.Node) else gg.Parameter(float(data))
        self.label = label

    data = property(lambda self: float(self.node.value), lambda self, new: self._move_to(new))
    grad = property(lambda self: float(self.node.grad or 0), lambda self, new: setattr(self.node, "grad", new))
    relu, tanh, exp, log = (lambda self, op=op: Value(op(self.node)) for op in (gg.ReLU, gg.Tanh, gg.Exp, gg.Log))

    def _move_to(self, new):
        self.node, before = gg.Parameter(float(new)), self.node
        self.node.grad = before.grad

    def backward(self):
        """Gradients of leaves are added up over runs, until they are set to 0."""
        before = [(node, node.grad or 0) for node in gg.topological(self.node) if isinstance(node, gg.Parameter)]
        self.node.backward()
        for node, grad in before:
            node.grad = node.grad + grad

    def __repr__(self):
        return f"Value(data={self.data}, grad={self.grad})"


def _operator(name):
    return lambda self, *others: Value(getattr(self.node, name)(*(getattr(o, "node", o) for o in others)))


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "rpow", "neg"):
    setattr(Value, f"__{_name}__", _operator(f"__{_name}__"))
