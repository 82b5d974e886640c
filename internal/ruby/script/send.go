package script

import (
	"maps"
	"math/big"
)

// method is one of a kind of values.
type method struct {
	min, max int // arguments; max -1: any number
	// enum: without a block, the call gives an enumerator.
	enum bool
	fn   func(m *vm, self Value, a []Value, b *Proc) Value
}

type table map[string]*method

// merged is a table with all of the others' methods; later ones win.
func merged(ts ...table) table {
	all := table{}
	for _, t := range ts {
		maps.Copy(all, t)
	}
	return all
}

// The methods by kind. They are set by init, as methods call send, which looks into them.
var (
	objectTable, nilTable, boolTable, integerTable, floatTable, decimalTable, stringTable, symbolTable table
	arrayTable, hashTable, rangeTable, procTable, regexpTable, matchTable, timeTable, timestampTable   table
	classTable, exceptionTable, enumeratorTable                                                        table
	functions                                                                                          table
	knownNames                                                                                         map[string]bool
)

func init() {
	objectTable = objectMethods()
	with := func(ts ...table) table { return merged(append([]table{objectTable}, ts...)...) }
	compare := comparableMethods()
	enumerable := enumerableMethods()
	nilTable, boolTable = with(nilMethods()), with(boolMethods())
	integerTable = with(compare, numberMethods(), integerMethods())
	floatTable = with(compare, numberMethods(), floatMethods())
	decimalTable = with(compare, numberMethods(), decimalMethods())
	stringTable = with(compare, stringMethods(), stringChanges(), stringParts(), stringPatterns())
	symbolTable = with(compare, symbolMethods())
	arrayTable = with(enumerable, arrayMethods(), arrayChanges(), arrayLoops())
	hashTable = with(enumerable, hashMethods(), hashLoops())
	rangeTable = with(enumerable, rangeMethods())
	procTable, regexpTable, matchTable = with(procMethods()), with(regexpMethods()), with(matchMethods())
	timeTable = with(compare, timeMethods())
	timestampTable = with(compare, timestampMethods())
	exceptionTable = with(exceptionMethods())
	enumeratorTable = with(enumerable, enumeratorMethods())
	classTable = with(classMethods())
	functions = kernelFunctions()
	defineClasses()
	knownNames = map[string]bool{}
	for _, t := range []table{nilTable, boolTable, integerTable, floatTable, decimalTable, stringTable, symbolTable, arrayTable, hashTable, rangeTable,
		procTable, regexpTable, matchTable, timeTable, timestampTable, classTable, exceptionTable, enumeratorTable} {
		for name := range t {
			knownNames[name] = true
		}
	}
}

func tableOf(v Value) table {
	switch v := v.(type) {
	case nil:
		return nilTable
	case bool:
		return boolTable
	case int64, *big.Int:
		return integerTable
	case float64:
		return floatTable
	case *Decimal:
		return decimalTable
	case *String:
		return stringTable
	case Symbol:
		return symbolTable
	case *Array:
		return arrayTable
	case *Hash:
		return hashTable
	case *Range:
		return rangeTable
	case *Proc:
		return procTable
	case *Regexp:
		return regexpTable
	case *matchData:
		return matchTable
	case *Time:
		return timeTable
	case *Timestamp:
		return timestampTable
	case *Class:
		return v.methods()
	case *exception:
		return exceptionTable
	case *enumerator:
		return enumeratorTable
	}
	return objectTable
}

// send calls a method.
func send(m *vm, recv Value, name string, args []Value, block *Proc) Value {
	m.charge(1)
	if o, ok := recv.(Object); ok {
		return sendObject(m, o, name, args, block)
	}
	d := tableOf(recv)[name]
	if d == nil {
		noMethod(recv, name)
	}
	if len(args) < d.min || d.max >= 0 && len(args) > d.max {
		wrongCount(len(args), d.min, max(d.max, d.min), d.max < 0)
	}
	if d.enum && block == nil {
		return &enumerator{recv, name, args}
	}
	m.chargeFor(recv, name, args)
	v := d.fn(m, recv, args, block)
	if v != recv {
		m.chargeResult(v)
	}
	return v
}

// constantTime are the methods of lists whose work does not grow with the list.
var constantTime = set("[] []= << push append pop shift at length size first last empty? each nil? each_with_index with_index")

// chargeFor takes the work on long texts, lists and keys into account.
func (m *vm) chargeFor(recv Value, name string, args []Value) {
	switch r := recv.(type) {
	case *String:
		m.charge(len(r.s) >> 7)
	case *Array:
		if len(r.v) > 32 && !constantTime[name] {
			m.charge(len(r.v) >> 4)
		}
	case *Hash:
		if len(args) > 0 {
			m.chargeKey(args[0])
		}
	}
}

// chargeKey is for lists and hashes as keys.
func (m *vm) chargeKey(key Value) {
	switch key.(type) {
	case *Array, *Hash:
		w := walk{m: m}
		w.equal(key, key)
	}
}

// chargeResult is for the memory of what a method made.
func (m *vm) chargeResult(v Value) {
	switch v := v.(type) {
	case *String:
		m.charge(len(v.s) >> 4)
	case *Array:
		m.charge(len(v.v) >> 2)
	case *Hash:
		m.charge(len(v.pairs))
	}
}

func sendObject(m *vm, o Object, name string, args []Value, block *Proc) Value {
	for _, known := range o.Methods() {
		if known == name {
			return o.Call(name, args)
		}
	}
	d := objectTable[name]
	if d == nil {
		noMethod(o, name)
	}
	return d.fn(m, o, args, block)
}

func noMethod(recv Value, name string) {
	what := ""
	switch recv := recv.(type) {
	case nil, bool:
		what = inspect(recv) + ":" + className(recv)
	case *Class:
		what = recv.name + ":" + className(recv)
	case Object:
		what = "an instance of " + recv.Class()
	case *Proc, *enumerator:
		what = "an instance of " + className(recv)
	default:
		what = inspect(recv) + ":" + className(recv)
	}
	raise("NoMethodError", "undefined method `%s' for %s", name, what)
}

// operator compiles recv OP arg, with short cuts for what is common.
func (c *compiler) operator(n *call) fn {
	recv, arg := c.expr(n.recv), c.expr(n.args[0])
	name := n.name
	if fast := arithmetic[name]; fast != nil {
		return func(f *frame) Value {
			a, b := recv(f), arg(f)
			if x, ok := a.(int64); ok {
				if y, ok := b.(int64); ok {
					if v, ok := fast(x, y); ok {
						f.vm.charge(1)
						return v
					}
				}
			}
			return binary(f.vm, name, a, b)
		}
	}
	if name == "==" {
		return func(f *frame) Value {
			w := walk{m: f.vm}
			a := recv(f)
			return w.equal(a, arg(f))
		}
	}
	return func(f *frame) Value {
		a := recv(f)
		return binary(f.vm, name, a, arg(f))
	}
}

// binary is a OP b.
func binary(m *vm, op string, a, b Value) Value { return send(m, a, op, []Value{b}, nil) }

func (c *compiler) index(n *index) fn {
	if len(n.args) != 1 {
		recv, args := c.expr(n.recv), c.list(n.args)
		c.checkIndex(n, "[]")
		return func(f *frame) Value { return getIndex(f.vm, recv(f), args(f)) }
	}
	c.checkIndex(n, "[]")
	recv := c.expr(n.recv)
	if text, ok := fixedText(n.args[0]); ok && !n.args[0].(*stringLit).symbol {
		key, args := stringKey(text), c.list(n.args)
		return func(f *frame) Value {
			r := recv(f)
			if h, ok := r.(*Hash); ok {
				f.vm.charge(1)
				if i, ok := h.index[key]; ok {
					return h.pairs[i].value
				}
			}
			return getIndex(f.vm, r, args(f))
		}
	}
	args := c.list(n.args)
	return func(f *frame) Value { return getIndex(f.vm, recv(f), args(f)) }
}

func (c *compiler) checkIndex(n *index, name string) {
	switch r := n.recv.(type) {
	case *lvar:
		c.checkObject(&call{at: n.at, recv: r}, r, name)
	case *constant:
		c.checkClassMethod(&call{at: n.at, name: "[]"}, r)
	}
}

func getIndex(m *vm, recv Value, args []Value) Value {
	if h, ok := recv.(*Hash); ok && len(args) == 1 {
		m.charge(1)
		m.chargeKey(args[0])
		return h.get(args[0])
	}
	return send(m, recv, "[]", args, nil)
}

// textOf is to_s, by the value's own method.
func textOf(m *vm, v Value) string {
	if o, ok := v.(Object); ok {
		if s, ok := sendObject(m, o, "to_s", nil, nil).(*String); ok {
			return s.s
		}
	}
	return toS(v)
}
