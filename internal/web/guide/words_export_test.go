package guide

// AssetURL is the address of a file of static/.
func (g *Guide) AssetURL(name string) string { return g.assets[name].url }
