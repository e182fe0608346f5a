package migrate_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/mongostore/fastapiusers/migrate"
)

const hash = "$argon2id$v=19$m=19456,t=2,p=1$TEja0QkA9RKRbwADGawKfw$QyC//On3Aw64JF3mCLzxNg" // viviane

// objectID returns the nth of a row of IDs.
func objectID(kind byte, n int) bson.ObjectID {
	id := bson.ObjectID{0x65, 0xb0, 0xc0, 0xde, kind}
	binary.BigEndian.PutUint32(id[8:], uint32(n))
	return id
}

func uuidOf(n int) bson.Binary {
	data := make([]byte, 16)
	copy(data, "ginauth-user")
	binary.BigEndian.PutUint32(data[12:], uint32(n))
	return bson.Binary{Subtype: bson.TypeBinaryUUID, Data: data}
}

// generated returns the nth user of a FastAPI Users database, all of them sound.
func generated(shape migrate.Shape, n int) bson.D {
	entry := func(id any, provider, account string) bson.D {
		return bson.D{
			{Key: "id", Value: id}, {Key: "oauth_name", Value: provider}, {Key: "access_token", Value: "provider-token"},
			{Key: "account_id", Value: account}, {Key: "account_email", Value: account + "@example.org"},
			{Key: "expires_at", Value: nil}, {Key: "refresh_token", Value: nil},
		}
	}
	entryID := func(kind byte) any {
		if shape == migrate.V9 {
			return fmt.Sprintf("0aaaaf81-9638-42a7-a6%02x-5d28%08x", kind, n)
		}
		return objectID(kind, n)
	}
	document := bson.D{{Key: "_id", Value: objectID(0, n)}}
	if shape == migrate.V9 {
		document = append(document, bson.E{Key: "id", Value: uuidOf(n)})
	}
	accounts := bson.A{}
	if n%3 == 0 {
		accounts = append(accounts, entry(entryID(1), "google", fmt.Sprint(n)))
	}
	if n%6 == 0 {
		accounts = append(accounts, entry(entryID(2), "github", fmt.Sprint(n+1)))
	}
	email := fmt.Sprintf("User.%d@camelot.bt", n)
	if n%7 == 0 {
		email = fmt.Sprintf("Ёж.%d@Пошта.укр", n)
	}
	return append(document,
		bson.E{Key: "email", Value: email},
		bson.E{Key: "hashed_password", Value: hash},
		bson.E{Key: "is_active", Value: n%5 != 0},
		bson.E{Key: "is_superuser", Value: n%1000 == 0},
		bson.E{Key: "is_verified", Value: n%2 == 0},
		bson.E{Key: "oauth_accounts", Value: accounts},
		bson.E{Key: "first_name", Value: fmt.Sprintf("Knight %d", n)},
		bson.E{Key: "loyalty_points", Value: int32(n)},
		bson.E{Key: "preferences", Value: bson.D{{Key: "lang", Value: "fr"}, {Key: "tags", Value: bson.A{"a", "b"}}, {Key: "ratio", Value: 1.5}}},
	)
}

// fill puts n users into a collection.
func fill(t testing.TB, in *mongo.Collection, shape migrate.Shape, n int) {
	t.Helper()
	for from := 0; from < n; from += 500 {
		var documents []any
		for i := from; i < min(n, from+500); i++ {
			documents = append(documents, generated(shape, i))
		}
		if _, err := in.InsertMany(t.Context(), documents); err != nil {
			t.Fatalf("InsertMany: %v", err)
		}
	}
}

// checkCopied demands that every generated user and account is in the target, in
// ginauth's own form, and nothing else. It knows nothing of how that came about.
func checkCopied(t testing.TB, to *mongo.Database, shape migrate.Shape, n int) {
	t.Helper()
	accounts := int64((n+2)/3 + (n+5)/6)
	for collection, want := range map[string]int64{"users": int64(n), "oauth_accounts": accounts, "ginauth_migration": 1} {
		got, err := to.Collection(collection).CountDocuments(t.Context(), bson.D{})
		if err != nil || got != want {
			t.Errorf("%s: got %d, %v, want %d", collection, got, err, want)
		}
	}
	cursor, err := to.Collection("users").Find(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	defer cursor.Close(t.Context())
	seen := 0
	for cursor.Next(t.Context()) {
		points, _ := cursor.Current.Lookup("loyalty_points").Int32OK()
		seen++
		if want := wanted(shape, int(points)); fmt.Sprint(cursor.Current) != want {
			t.Fatalf("user %d: got %v, want %s", points, cursor.Current, want)
		}
	}
	if seen != n {
		t.Errorf("got %d users, want %d", seen, n)
	}
	checkAccounts(t, to, shape)
}

// wanted is the nth user as it should be in the target.
func wanted(shape migrate.Shape, n int) string {
	id, email, key := fmt.Sprintf(`{"$oid":"%s"}`, objectID(0, n).Hex()), fmt.Sprintf("User.%d@camelot.bt", n), fmt.Sprintf("user.%d@camelot.bt", n)
	if shape == migrate.V9 {
		raw, _ := bson.Marshal(bson.D{{Key: "x", Value: uuidOf(n)}})
		id = bson.Raw(raw).Lookup("x").String()
	}
	if n%7 == 0 {
		email, key = fmt.Sprintf("Ёж.%d@Пошта.укр", n), fmt.Sprintf("ёж.%d@xn--80a1acn3a.xn--j1amh", n)
	}
	return fmt.Sprintf(`{"_id": %s,"email": "%s","email_key": "%s","hashed_password": "%s",`+
		`"is_active": %v,"is_superuser": %v,"is_verified": %v,"token_version": {"$numberLong":"0"},`+
		`"created_at": {"$date":{"$numberLong":"1706082526000"}},"updated_at": {"$date":{"$numberLong":"1706082526000"}},`+
		`"first_name": "Knight %d","loyalty_points": {"$numberInt":"%d"},`+
		`"preferences": {"lang": "fr","tags": ["a","b"],"ratio": {"$numberDouble":"1.5"}}}`,
		id, email, key, hash, n%5 != 0, n%1000 == 0, n%2 == 0, n, n)
}

func checkAccounts(t testing.TB, to *mongo.Database, shape migrate.Shape) {
	t.Helper()
	cursor, err := to.Collection("oauth_accounts").Find(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	defer cursor.Close(t.Context())
	for cursor.Next(t.Context()) {
		var a struct {
			UserID    bson.RawValue `bson:"user_id"`
			Provider  string        `bson:"provider"`
			AccountID string        `bson:"account_id"`
			Email     string        `bson:"account_email"`
		}
		if err := bson.Unmarshal(cursor.Current, &a); err != nil {
			t.Fatal(err)
		}
		var n int
		if _, err := fmt.Sscan(a.AccountID, &n); err != nil {
			t.Fatal(err)
		}
		if a.Provider == "github" {
			n--
		}
		var owner any = objectID(0, n)
		if shape == migrate.V9 {
			owner = uuidOf(n)
		}
		raw, _ := bson.Marshal(bson.D{{Key: "x", Value: owner}})
		if !a.UserID.Equal(bson.Raw(raw).Lookup("x")) || a.Email != a.AccountID+"@example.org" {
			t.Fatalf("got account %v, want one of user %d", cursor.Current, n)
		}
		if token := cursor.Current.Lookup("access_token"); token.Type != bson.TypeNull {
			t.Fatalf("got provider token %v, want null", token)
		}
	}
}
