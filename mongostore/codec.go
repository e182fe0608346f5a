package mongostore

import (
	"bytes"
	"reflect"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// codec encodes and decodes the application's own fields as its client does: with the
// registry and the BSON options that the client or the database was made with. The
// zero value is the driver's default.
type codec struct {
	registry *bson.Registry
	options  options.BSONOptions
}

// codecOf returns the codec of a database. The driver has no method that returns what
// it was configured with, so it is read from the database itself; found is false where
// another version of the driver keeps it elsewhere.
func codecOf(db *mongo.Database) (c codec, found bool) {
	registry, registryFound := fieldOf[bson.Registry](db, "registry")
	chosen, optionsFound := fieldOf[options.BSONOptions](db, "bsonOpts")
	if chosen != nil {
		c.options = *chosen
	}
	c.registry = registry
	return c, registryFound && optionsFound
}

// fieldOf returns the value of a field of db that is a pointer to a T.
func fieldOf[T any](db *mongo.Database, name string) (value *T, found bool) {
	field := reflect.ValueOf(db).Elem().FieldByName(name)
	if !field.IsValid() || field.Type() != reflect.TypeFor[*T]() {
		return nil, false
	}
	return (*T)(field.UnsafePointer()), true // the type is the one compared above
}

// lookup returns the registry, which is never nil.
func (c codec) lookup() *bson.Registry {
	if c.registry == nil {
		return bson.NewRegistry()
	}
	return c.registry
}

func (c codec) marshal(value any) (bson.Raw, error) {
	var document bytes.Buffer
	encoder := bson.NewEncoder(bson.NewDocumentWriter(&document))
	for _, option := range []struct {
		on  bool
		set func()
	}{
		{c.options.ErrorOnInlineDuplicates, encoder.ErrorOnInlineDuplicates},
		{c.options.IntMinSize, encoder.IntMinSize},
		{c.options.NilByteSliceAsEmpty, encoder.NilByteSliceAsEmpty},
		{c.options.NilMapAsEmpty, encoder.NilMapAsEmpty},
		{c.options.NilSliceAsEmpty, encoder.NilSliceAsEmpty},
		{c.options.OmitZeroStruct, encoder.OmitZeroStruct},
		{c.options.OmitEmpty, encoder.OmitEmpty},
		{c.options.StringifyMapKeysWithFmt, encoder.StringifyMapKeysWithFmt},
		{c.options.UseJSONStructTags, encoder.UseJSONStructTags},
	} {
		if option.on {
			option.set()
		}
	}
	encoder.SetRegistry(c.lookup())
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return document.Bytes(), nil
}

func (c codec) unmarshal(document bson.Raw, value any) error {
	decoder := bson.NewDecoder(bson.NewDocumentReader(bytes.NewReader(document)))
	for _, option := range []struct {
		on  bool
		set func()
	}{
		{c.options.AllowTruncatingDoubles, decoder.AllowTruncatingDoubles},
		{c.options.BinaryAsSlice, decoder.BinaryAsSlice},
		{c.options.DefaultDocumentM, decoder.DefaultDocumentM},
		{c.options.DefaultDocumentMap, decoder.DefaultDocumentMap},
		{c.options.ObjectIDAsHexString, decoder.ObjectIDAsHexString},
		{c.options.UseJSONStructTags, decoder.UseJSONStructTags},
		{c.options.UseLocalTimeZone, decoder.UseLocalTimeZone},
		{c.options.ZeroMaps, decoder.ZeroMaps},
		{c.options.ZeroStructs, decoder.ZeroStructs},
	} {
		if option.on {
			option.set()
		}
	}
	decoder.SetRegistry(c.lookup())
	return decoder.Decode(value)
}
